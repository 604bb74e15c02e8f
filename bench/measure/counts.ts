import { z } from "zod";
import { sleep } from "../machine/scratch.ts";
import type { Counted, Results } from "../report/results.ts";
import { JSON_BODY } from "./cases.ts";
import { callLab, prepareAccounts, runFarebox, type Stage } from "./stage.ts";

const BUSY_USERS = 16;
const LONE_USERS = 64;
const BUSY_CHATS_EACH = 100;
/** The time for chats to settle, which goes on after the answer. */
const SETTLE_MS = 500;

const countsSchema = z.object({
  rowsWritten: z.number(),
  alarms: z.number(),
  rpcs: z.number(),
  d1Queries: z.number(),
});
type Counts = z.infer<typeof countsSchema>;

const countDifference = (after: Counts, before: Counts, chats: number): Counted => ({
  chats,
  rowsWritten: after.rowsWritten - before.rowsWritten,
  alarms: after.alarms - before.alarms,
  rpcs: after.rpcs - before.rpcs,
  d1Queries: after.d1Queries - before.d1Queries,
});

const rowsPerChat = (counted: Counted): string =>
  ((counted.rowsWritten + counted.alarms) / counted.chats).toFixed(2);

/**
 * Counts what chats cost on the platform, in a build of the same source whose storage and bindings
 * count.
 */
export async function countCosts(
  stage: Stage,
  log: (line: string) => void,
): Promise<Results["counts"]> {
  const { storage, keys } = await prepareAccounts(stage, "counted", 0);
  const running = await runFarebox(stage, "counting", storage, "counting");
  keys.push(
    ...(await callLab(running, `users?from=0&to=${BUSY_USERS + LONE_USERS}`, z.array(z.string()))),
  );

  const chat = async (key: string): Promise<void> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const reply = await fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: JSON.stringify(JSON_BODY),
    });
    if (!reply.ok) throw new Error(`The counting Worker refused: ${await reply.text()}`);
    await reply.arrayBuffer();
  };
  const counts = async (): Promise<Counts> => {
    await sleep(SETTLE_MS);
    return await callLab(running, "counts", countsSchema);
  };
  /** Runs each user's chats one after the other, and all users at the same time. */
  const chats = (users: readonly string[], each: number): Promise<void[]> =>
    Promise.all(
      users.map(async (key) => {
        for (let n = 0; n < each; n++) await chat(key);
      }),
    );

  // The very first chat reads the models.
  await chats(keys.slice(0, 1), 1);
  const start = await counts();
  await chats(keys.slice(BUSY_USERS), 1);
  const afterLone = await counts();
  await chats(keys.slice(0, BUSY_USERS), BUSY_CHATS_EACH);
  const afterBusy = await counts();
  await running.program.stop();
  const lone = countDifference(afterLone, start, LONE_USERS);
  const busy = countDifference(afterBusy, afterLone, BUSY_USERS * BUSY_CHATS_EACH);
  log(
    `${rowsPerChat(busy)} rows written a chat (${rowsPerChat(lone)} for a lone one), ` +
      `${(busy.rpcs / busy.chats).toFixed(2)} RPCs, ` +
      `${(busy.d1Queries / busy.chats).toFixed(2)} D1 queries`,
  );
  return { busy, lone };
}
