import { z } from "zod";
import { payOn } from "../../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../../src/units.ts";
import { type Opened, openCheckout, orderOf, PAYS, type Person } from "./person.ts";
import { eventsIn } from "./sse.ts";

/** A chat that was answered to its end. */
export interface Acknowledged {
  /** No other chat of the same rider has as many. */
  readonly promptTokens: number;
  readonly costMicrocredits: number;
  /** When the last of it had come, in ms. */
  readonly at: number;
}

/** What a rider did while the load ran, as the rider saw it. */
export interface Diary {
  readonly rider: Person;
  /** Answers that said what they cost. */
  readonly acknowledged: Acknowledged[];
  /** Chats that were begun and not answered to their end: nobody knows. */
  unanswered: number;
  /** Sales that Stripe's page took the money for. */
  readonly paid: Opened[];
  /** Those of them that were seen completed. */
  readonly completed: Opened[];
}

const usage = z.object({ usage: z.object({ prompt_tokens: z.number(), cost: z.number() }) });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One chat, whose prompt is longer by a token than the one before. Throws where there is no whole
 * answer.
 */
async function chat(rider: Person, nth: number): Promise<Acknowledged> {
  const stream = nth % 2 === 0;
  const content = `Please respond with exactly ${stream ? 8 : 200} tokens.${" on".repeat(nth)}`;
  const reply = await fetch(`${rider.api.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${rider.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "large",
      messages: [{ role: "user", content }],
      stream,
      usage: { include: true },
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const body = await reply.text();
  if (!reply.ok) throw new Error(`${reply.status} ${body}`);
  const events = eventsIn(body);
  if (stream && events.at(-1) !== "[DONE]") throw new Error("the stream broke off");
  const told = usage.parse(JSON.parse(stream ? (events.at(-2) ?? "") : body)).usage;
  return {
    promptTokens: told.prompt_tokens,
    costMicrocredits: toMicrocredits(told.cost),
    at: Date.now(),
  };
}

async function chatOn(diary: Diary, signal: AbortSignal): Promise<void> {
  for (let nth = 1; !signal.aborted; nth += 1) {
    try {
      diary.acknowledged.push(await chat(diary.rider, nth));
    } catch {
      diary.unanswered += 1;
      await pause(50);
    }
  }
}

/**
 * Looks for a while whether a sale is completed. After a crash Stripe takes its time to try again:
 * nobody waits for that.
 */
async function isCompleted(rider: Person, opened: Opened, signal: AbortSignal): Promise<boolean> {
  for (let looks = 0; looks < 20 && !signal.aborted; looks += 1) {
    if ((await orderOf(rider, opened)).status === "completed") return true;
    await pause(50);
  }
  return false;
}

async function buyOn(diary: Diary, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const opened = await openCheckout(diary.rider);
      const paid = await payOn(opened.url, diary.rider.email, PAYS);
      if ("problem" in paid) throw new Error(paid.problem);
      diary.paid.push(opened);
      if (await isCompleted(diary.rider, opened, signal)) diary.completed.push(opened);
    } catch {
      await pause(50);
    }
  }
}

/**
 * Lets everyone chat and buy at the same time, without a pause, until it is told to stop. What each
 * sees is in the diaries.
 */
export function load(riders: readonly Person[]): {
  readonly diaries: readonly Diary[];
  readonly stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  const diaries = riders.map(
    (rider): Diary => ({ rider, acknowledged: [], unanswered: 0, paid: [], completed: [] }),
  );
  const under = diaries.flatMap((diary) => [
    chatOn(diary, stopping.signal),
    buyOn(diary, stopping.signal),
  ]);
  return {
    diaries,
    async stop() {
      stopping.abort();
      await Promise.all(under);
    },
  };
}
