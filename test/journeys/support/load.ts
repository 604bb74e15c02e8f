import { z } from "zod";
import { payOnPage } from "../../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../../src/units.ts";
import { fetchOrder, GOOD_CARD, type OpenedCheckout, openCheckout, type Person } from "./person.ts";
import { parseEvents } from "./sse.ts";

/** A chat that was answered to its end. */
export interface CompletedChat {
  /** No other chat of the same rider has as many. */
  readonly promptTokens: number;
  readonly costMicrocredits: number;
  /** When the last of it had come, in ms. */
  readonly at: number;
}

/** What a rider did while the load ran, as the rider saw it. */
export interface UserLog {
  readonly user: Person;
  /** Answers that said what they cost. */
  readonly acknowledged: CompletedChat[];
  /** Chats that were begun and not answered to their end: nobody knows. */
  unanswered: number;
  /** Sales that Stripe's page took the money for. */
  readonly paid: OpenedCheckout[];
  /** Those of them that were seen completed. */
  readonly completed: OpenedCheckout[];
}

const usage = z.object({ usage: z.object({ prompt_tokens: z.number(), cost: z.number() }) });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One chat, whose prompt is longer by a token than the one before. Throws where there is no whole
 * answer.
 */
async function runChat(user: Person, nth: number): Promise<CompletedChat> {
  const stream = nth % 2 === 0;
  const content = `Please respond with exactly ${stream ? 8 : 200} tokens.${" on".repeat(nth)}`;
  const reply = await fetch(`${user.api.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
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
  const events = parseEvents(body);
  if (stream && events.at(-1) !== "[DONE]") throw new Error("the stream broke off");
  const reported = usage.parse(JSON.parse(stream ? (events.at(-2) ?? "") : body)).usage;
  return {
    promptTokens: reported.prompt_tokens,
    costMicrocredits: toMicrocredits(reported.cost),
    at: Date.now(),
  };
}

async function chatUntilStopped(log: UserLog, signal: AbortSignal): Promise<void> {
  for (let nth = 1; !signal.aborted; nth += 1) {
    try {
      log.acknowledged.push(await runChat(log.user, nth));
    } catch {
      log.unanswered += 1;
      await pause(50);
    }
  }
}

/**
 * Looks for a while whether a sale is completed. After a crash Stripe takes its time to try again:
 * nobody waits for that.
 */
async function waitUntilCompleted(
  user: Person,
  opened: OpenedCheckout,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempts = 0; attempts < 20 && !signal.aborted; attempts += 1) {
    if ((await fetchOrder(user, opened)).status === "completed") return true;
    await pause(50);
  }
  return false;
}

async function buyUntilStopped(log: UserLog, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const opened = await openCheckout(log.user);
      const result = await payOnPage(opened.url, log.user.email, GOOD_CARD);
      if ("problem" in result) throw new Error(result.problem);
      log.paid.push(opened);
      if (await waitUntilCompleted(log.user, opened, signal)) log.completed.push(opened);
    } catch {
      await pause(50);
    }
  }
}

/**
 * Lets everyone chat and buy at the same time, without a pause, until it is told to stop. What each
 * sees is in the diaries.
 */
export function runLoad(users: readonly Person[]): {
  readonly diaries: readonly UserLog[];
  readonly stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  const diaries = users.map(
    (rider): UserLog => ({ user: rider, acknowledged: [], unanswered: 0, paid: [], completed: [] }),
  );
  const running = diaries.flatMap((diary) => [
    chatUntilStopped(diary, stopping.signal),
    buyUntilStopped(diary, stopping.signal),
  ]);
  return {
    diaries,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
