import { z } from "zod";
import { payOnPage } from "../../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../../src/units.ts";
import { fetchOrder, GOOD_CARD, type OpenedCheckout, openCheckout, type Person } from "./person.ts";
import { parseEvents } from "./sse.ts";

/** A chat whose reply was complete. */
export interface CompletedChat {
  /** A number of prompt tokens that no other chat of this user has. */
  readonly promptTokens: number;
  readonly costMicrocredits: number;
  /** The time at which the whole reply had arrived, in ms. */
  readonly at: number;
}

/** The log of a user during the load, as the user saw it. */
export interface UserLog {
  readonly user: Person;
  /** Chats whose reply stated its cost. */
  readonly acknowledged: CompletedChat[];
  /** The number of chats that were begun but not fully answered: their outcome is unknown. */
  unanswered: number;
  /** Sales that were paid on Stripe's page. */
  readonly paid: OpenedCheckout[];
  /** Those of the paid sales that were seen completed. */
  readonly completed: OpenedCheckout[];
}

const usage = z.object({ usage: z.object({ prompt_tokens: z.number(), cost: z.number() }) });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs one chat, with a prompt one token longer than the one before.
 * @throws if the reply is not complete
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
 * Polls a sale for at least 10 s and returns whether it completed. While the Worker is dead the
 * poll throws, so that nobody waits for an event that Stripe repeats much later.
 */
async function waitUntilCompleted(
  user: Person,
  opened: OpenedCheckout,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempts = 0; attempts < 200 && !signal.aborted; attempts += 1) {
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
 * Lets all users chat and buy at the same time, without a pause, until `stop`. What each of them
 * sees is in `logs`.
 */
export function runLoad(users: readonly Person[]): {
  readonly logs: readonly UserLog[];
  readonly stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  const logs = users.map(
    (user): UserLog => ({ user, acknowledged: [], unanswered: 0, paid: [], completed: [] }),
  );
  const running = logs.flatMap((log) => [
    chatUntilStopped(log, stopping.signal),
    buyUntilStopped(log, stopping.signal),
  ]);
  return {
    logs,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
