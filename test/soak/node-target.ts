import { MemoryD1, ObjectStorage, type Row, wakeAccount } from "./object-in-node.ts";
import { ENTRIES_SQL, type EntryRow, type Reported, type SoakTarget } from "./play.ts";

const toEntryRow = (row: Row): EntryRow => ({
  no: Number(row["no"]),
  at: Number(row["at"]),
  kind: String(row["kind"]),
  amount: Number(row["amount"]),
  after: Number(row["after"]),
  holdNo: row["holdNo"] === null ? null : Number(row["holdNo"]),
});

/** Replaces the clock, and quiets the log of alarms that fail as they should. */
function replaceGlobals() {
  const { now } = Date;
  const { error } = console;
  let nowMs = now();
  Date.now = () => nowMs;
  console.error = () => undefined;
  return {
    setNow: (ms: number) => {
      nowMs = ms;
    },
    restore: () => {
      Date.now = now;
      console.error = error;
    },
  };
}

/** Returns a maker of accounts in Node, the real object's code on `node:sqlite`, and its end. */
export function nodeTargets(): { make: () => SoakTarget; close: () => void } {
  const globals = replaceGlobals();
  const d1 = new MemoryD1();
  let storage: ObjectStorage | null = null;
  const make = (): SoakTarget => {
    storage?.close();
    const current = new ObjectStorage();
    storage = current;
    const { sql } = current;
    let account = wakeAccount(current, d1);
    return {
      account: () => account,
      restart: () => {
        account = wakeAccount(current, d1);
      },
      setNow: globals.setNow,
      setD1Down: (isDown) => {
        d1.isDown = isDown;
      },
      failWriteAfter: (writes) => sql.failWriteAfter(writes),
      listEntries: (afterNo) => sql.exec(ENTRIES_SQL, afterNo).toArray().map(toEntryRow),
      forgetCheckpoint: () => {
        sql.exec("DELETE FROM checkpoint");
        sql.exec("DELETE FROM spent_grants");
      },
      alarmAt: () => current.getAlarm(),
      readReported: (userId) => Promise.resolve(readReported(d1, userId)),
    };
  };
  return {
    make,
    close: () => {
      storage?.close();
      globals.restore();
    },
  };
}

function readReported(d1: MemoryD1, userId: string): Reported {
  const overage = d1.all(
    `SELECT event_name AS name, sum(quantity) AS quantity FROM overage_reports
     WHERE user_id = ? GROUP BY event_name`,
    [userId],
  );
  const days = d1.all("SELECT * FROM usage_daily WHERE user_id = ?", [userId]);
  return {
    overage: Object.fromEntries(overage.map((row) => [row["name"], Number(row["quantity"])])),
    days: days.map((row) => ({
      day: String(row["day"]),
      model: String(row["model"]),
      requests: Number(row["requests"]),
      inputTokens: Number(row["input_tokens"]),
      cachedInputTokens: Number(row["cached_input_tokens"]),
      outputTokens: Number(row["output_tokens"]),
      microcredits: Number(row["microcredits"]),
    })),
  };
}
