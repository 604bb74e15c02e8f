import { cpSync } from "node:fs";
import { z } from "zod";
import { timeFirstBytes } from "../drive/first-byte.ts";
import { folder, sleep } from "../machine/scratch.ts";
import type { Plan } from "../options.ts";
import { median, type Results } from "../report/results.ts";
import { FIRST_TOKEN_MS } from "../upstream/replies.ts";
import { SLOW_BODY } from "./cases.ts";
import { callLab, prepareAccounts, runFarebox, type Stage } from "./stage.ts";

/** A round trip to an account on another continent. */
const AWAY_MS = 80;
const WARMUP = 3;
/** The number of chats that an account refuses after it was emptied. */
const REFUSED = 10;
/** The time for what was asked in vain to arrive. */
const ARRIVES_WITHIN_MS = 500;

const PATH = "/v1/chat/completions";

/** Returns how often the upstream was asked for its slow model. */
async function countAsked(upstreamPort: number): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${upstreamPort}/asked`);
  return z.number().parse(await reply.json());
}

/**
 * Measures what a far account adds before the first byte, with the upstream asked meanwhile and
 * after it, and counts what the upstream is asked in vain.
 */
export async function measureFarAccount(
  stage: Stage,
  floorUrl: string,
  plan: Plan,
): Promise<NonNullable<Results["farAccount"]>> {
  const { storage, keys } = await prepareAccounts(stage, "far-accounts", 1);
  const run = async (name: string, overlap: boolean) => {
    const copy = folder(`objects/${name}`);
    cpSync(storage, copy, { recursive: true });
    return await runFarebox(stage, name, copy, "lab", [], {
      ACCOUNT_AWAY_MS: String(AWAY_MS),
      OVERLAP_AUTHORIZE: String(overlap),
    });
  };
  const overlapping = await run("far", true);
  const inTurn = await run("far-in-turn", false);
  const headers = { authorization: `Bearer ${keys[0]}` };
  const requests = [floorUrl, overlapping.url + PATH, inTurn.url + PATH].map((url) => ({
    url,
    headers,
    body: SLOW_BODY,
  }));
  await timeFirstBytes(requests, WARMUP);
  const [floor = [], overlapped = [], turns = []] = await timeFirstBytes(requests, plan.farAsks);
  const addedMs = (times: readonly number[]): number =>
    median(times.map((ms, index) => ms - (floor[index] ?? Number.NaN)));

  await callLab(overlapping, "drain?user=0", z.null());
  const before = await countAsked(stage.upstreamPort);
  for (let n = 0; n < REFUSED; n++) {
    const reply = await fetch(overlapping.url + PATH, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(SLOW_BODY),
    });
    if (reply.status !== 402) throw new Error(`An empty account was answered ${reply.status}.`);
    await reply.arrayBuffer();
  }
  await sleep(ARRIVES_WITHIN_MS);
  const askedInVain = (await countAsked(stage.upstreamPort)) - before;
  await Promise.all([overlapping.program.stop(), inTurn.program.stop()]);
  return {
    awayMs: AWAY_MS,
    firstTokenMs: FIRST_TOKEN_MS,
    overlappedAddsMs: addedMs(overlapped),
    inTurnAddsMs: addedMs(turns),
    refused: REFUSED,
    askedInVain,
  };
}
