import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CreditAccount } from "../../src/account/credit-account.ts";
import {
  ENTRIES_SQL,
  type EntryRow,
  PlantedFailure,
  type Reported,
  type SoakTarget,
} from "./play.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");

type Row = Record<string, unknown>;
type Value = null | number | bigint | string | Uint8Array;

/** SQLite of Node gives blobs as bytes, and SQLite of an object as buffers. */
const toObjectValue = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
    : value;

const isWrite = (query: string): boolean => /^\s*(insert|update|delete)/i.test(query);

/** A database in memory, with its statements prepared once. */
class MemoryDatabase {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  run(query: string): void {
    this.#db.exec(query);
  }

  all(query: string, bindings: readonly Value[]): Row[] {
    let statement = this.#prepared.get(query);
    if (statement === undefined) {
      statement = this.#db.prepare(query);
      this.#prepared.set(query, statement);
    }
    return statement.all(...bindings);
  }

  /** Runs `body` in a transaction, which a failure rolls back. */
  transact<T>(body: () => T): T {
    this.#db.exec("SAVEPOINT operation");
    try {
      const result = body();
      this.#db.exec("RELEASE operation");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK TO operation; RELEASE operation");
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

/** The storage of a Durable Object, as far as an account uses it. */
class ObjectStorage {
  readonly #db = new MemoryDatabase();
  #alarmAt: number | null = null;
  #failAfter: number | null = null;

  readonly sql = {
    exec: (query: string, ...bindings: Value[]) => {
      if (isWrite(query) && this.#failAfter !== null) {
        if (this.#failAfter === 0) throw new PlantedFailure("this write was to fail");
        this.#failAfter -= 1;
      }
      // A step of the schema is several statements, and has no bindings.
      if (bindings.length === 0 && /;\s*\S/.test(query)) {
        this.#db.run(query);
        return cursor([]);
      }
      return cursor(this.#db.all(query, bindings));
    },
  };

  failWriteAfter(writes: number | null): void {
    this.#failAfter = writes;
  }

  transactionSync<T>(body: () => T): T {
    return this.#db.transact(body);
  }

  getAlarm(): Promise<number | null> {
    return Promise.resolve(this.#alarmAt);
  }

  setAlarm(at: number): Promise<void> {
    this.#alarmAt = at;
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.#alarmAt = null;
    return Promise.resolve();
  }

  close(): void {
    this.#db.close();
  }
}

/** The result of `sql.exec`: rows to iterate once. */
function cursor(rows: readonly Row[]) {
  const values = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toObjectValue(value)])),
  );
  const iterator = values[Symbol.iterator]();
  return Object.assign(iterator, {
    toArray: () => [...values],
    one: () => {
      const [only, ...more] = values;
      if (only === undefined || more.length > 0) throw new Error(`${values.length} rows, not one`);
      return only;
    },
  });
}

/** D1 with the tables of the migrations, which can be down. */
class MemoryD1 {
  readonly #db = new MemoryDatabase();
  isDown = false;

  constructor() {
    for (const name of readdirSync(MIGRATIONS).toSorted())
      if (name.endsWith(".sql")) this.#db.run(readFileSync(`${MIGRATIONS}/${name}`, "utf8"));
  }

  all(query: string, bindings: readonly Value[] = []): Row[] {
    if (this.isDown) throw new Error("D1 is down");
    return this.#db.all(query, bindings);
  }

  prepare(query: string) {
    return {
      bind: (...bindings: Value[]) => ({
        run: () => Promise.resolve({ results: this.all(query, bindings), success: true, meta: {} }),
      }),
    };
  }

  async batch(statements: readonly { run: () => Promise<unknown> }[]): Promise<unknown[]> {
    if (this.isDown) throw new Error("D1 is down");
    return await Promise.all(statements.map((statement) => statement.run()));
  }
}

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
    const wake = () => {
      const state: DurableObjectState = Object.assign(Object.create(null), {
        storage: current,
        blockConcurrencyWhile: (body: () => Promise<unknown>) => body(),
      });
      const env: ConstructorParameters<typeof CreditAccount>[1] = Object.assign(
        Object.create(null),
        { DB: d1 },
      );
      return new CreditAccount(state, env);
    };
    let account = wake();
    return {
      account: () => account,
      restart: () => {
        account = wake();
      },
      setNow: globals.setNow,
      setD1Down: (isDown) => {
        d1.isDown = isDown;
      },
      failWriteAfter: (writes) => current.failWriteAfter(writes),
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
