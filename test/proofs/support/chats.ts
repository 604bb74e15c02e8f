import { z } from "zod";
import { tokenize } from "../../../dev/model/tokens.ts";
import { toMicrocredits } from "../../../src/units.ts";
import type { Books, Person } from "../../journeys/support/person.ts";
import { parseEvents } from "../../journeys/support/sse.ts";
import { pause, send } from "./keyed-request.ts";
import type { Random } from "./random.ts";

/** Prices of the default catalog's `large`, in microcredits for a token. */
const INPUT_MICROCREDITS = 30;
const OUTPUT_MICROCREDITS = 150;
const STREAM_TOKENS = 8;
const WHOLE_TOKENS = 200;
/** Requests of one user that may wait for the Worker at the same time. */
const WAITING_MAX = 6;

/** A chat that was asked, once or with an `Idempotency-Key` as often as it took. */
interface AskedChat {
  /** The tokens of its prompt, which no other chat of the user has. */
  readonly promptTokens: number;
  readonly costMicrocredits: number;
  /** When the whole answer was there, in ms, and the cost that it stated; null without one. */
  answered: { readonly atMs: number; readonly costMicrocredits: number } | null;
}

/** A user who chats by `/v1/chat/completions`, and everything that was asked. */
export interface Chatter {
  readonly user: Person;
  readonly asked: AskedChat[];
}

const usage = z.object({ usage: z.object({ prompt_tokens: z.number(), cost: z.number() }) });

/** Reads what an answer says that it cost. Throws if it broke off. */
function readCost(text: string, stream: boolean): number {
  const events = parseEvents(text);
  if (stream && events.at(-1) !== "[DONE]") throw new Error("the stream broke off");
  const json = stream ? (events.at(-2) ?? "") : text;
  return toMicrocredits(usage.parse(JSON.parse(json)).usage.cost);
}

/**
 * Asks one chat after another until the signal: whole and streamed, half of them with an
 * `Idempotency-Key`.
 */
export async function chatUntil(
  { user, asked }: Chatter,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set<Promise<void>>();
  for (let nth = 1; !signal.aborted; nth += 1) {
    const stream = random.next() < 0.5;
    const outputTokens = stream ? STREAM_TOKENS : WHOLE_TOKENS;
    const content = `Please respond with exactly ${outputTokens} tokens.${" on".repeat(nth)}`;
    const promptTokens = tokenize(content).length;
    const chat: AskedChat = {
      promptTokens,
      costMicrocredits: promptTokens * INPUT_MICROCREDITS + outputTokens * OUTPUT_MICROCREDITS,
      answered: null,
    };
    asked.push(chat);
    const request = {
      url: `${user.api.url}/v1/chat/completions`,
      bearer: user.key,
      key: random.next() < 0.5 ? `chat-${nth}` : null,
      body: {
        model: "large",
        messages: [{ role: "user", content }],
        stream,
        usage: { include: true },
      },
    };
    const ask = async (): Promise<void> => {
      const result = await send(request, (text) => readCost(text, stream));
      if ("answer" in result) chat.answered = { atMs: Date.now(), costMicrocredits: result.answer };
      else await pause(50);
    };
    const tracked = ask().finally(() => waiting.delete(tracked));
    waiting.add(tracked);
    // One with a key goes on in the background while the Worker is dead.
    if (request.key === null) await tracked;
    else await Promise.race([tracked, pause(500)]);
    if (waiting.size >= WAITING_MAX) await Promise.race(waiting);
  }
  await Promise.all(waiting);
}

/** What an audit of a user's chats found. */
export interface ChatAudit {
  readonly problems: readonly string[];
  /** Answered chats that were not charged, by the time of their answer, in ms. */
  readonly unchargedAtMs: readonly number[];
}

/** Compares every charge of a chatter with what was asked. */
export function auditChats({ user, asked }: Chatter, { chats }: Pick<Books, "chats">): ChatAudit {
  const problems: string[] = [];
  const unchargedAtMs: number[] = [];
  const askedByPrompt = new Map(asked.map((chat) => [chat.promptTokens, chat]));
  const charges = Map.groupBy(chats, ({ chat }) => chat.inputTokens);
  for (const [promptTokens, charged] of charges) {
    const chat = askedByPrompt.get(promptTokens);
    if (chat === undefined)
      problems.push(`${user.userId} is charged a chat of ${promptTokens} tokens, never asked`);
    else if (charged.length > 1)
      problems.push(`${user.userId} is charged ${charged.length} times for ${promptTokens} tokens`);
    else if (charged.some(({ amount }) => toMicrocredits(-amount) !== chat.costMicrocredits))
      problems.push(
        `${user.userId} is charged ${JSON.stringify(charged)}, not ${chat.costMicrocredits}`,
      );
  }
  for (const { promptTokens, costMicrocredits, answered } of asked) {
    if (answered === null) continue;
    if (answered.costMicrocredits !== costMicrocredits)
      problems.push(
        `${user.userId} was told ${answered.costMicrocredits}, not ${costMicrocredits}`,
      );
    if (!charges.has(promptTokens)) unchargedAtMs.push(answered.atMs);
  }
  return { problems, unchargedAtMs };
}
