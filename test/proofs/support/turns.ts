import { z } from "zod";
import { toMicrocredits } from "../../../src/units.ts";
import type { Books, Person } from "../../journeys/support/person.ts";
import { parseEvents } from "../../journeys/support/sse.ts";
import type { ChatAudit } from "./chats.ts";
import { pause, send } from "./keyed-request.ts";
import type { Random } from "./random.ts";

/** Prices of the default catalog's `large`, in microcredits for a token. */
const INPUT_MICROCREDITS = 30;
const OUTPUT_MICROCREDITS = 150;
const TURNS_A_CONVERSATION = 4;
/** Of a turn that is streamed: its tokens come one by one. */
const STREAMED_EVERY = 4;

const message = z.object({
  id: z.string(),
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  status: z.string(),
});
const turn = z.object({ userMessage: message, message });
const turnAnswer = turn.extend({
  usage: z.object({ outputTokens: z.number() }),
  cost: z.number(),
});
const streamEnd = turn.extend({
  usage: z.object({ completion_tokens: z.number(), cost: z.number() }),
});
const conversation = z.object({ id: z.string() });
const page = z.object({ data: z.array(message), nextCursor: z.string().nullable() });

interface TurnReply {
  readonly turn: z.infer<typeof turn>;
  readonly costMicrocredits: number;
}

/** A turn that was asked. `outputTokens` is a number that no other turn of the user has. */
interface AskedTurn {
  readonly conversationId: string;
  readonly content: string;
  readonly outputTokens: number;
  answered: (TurnReply & { readonly atMs: number }) | null;
}

/** A user with conversations, and every turn that was asked in them. */
export interface Talker {
  readonly user: Person;
  readonly asked: AskedTurn[];
}

/** Reads a turn's answer. Throws if it broke off. */
function readTurn(text: string, stream: boolean): TurnReply {
  if (!stream) {
    const answer = turnAnswer.parse(JSON.parse(text));
    return { turn: answer, costMicrocredits: toMicrocredits(answer.cost) };
  }
  const events = parseEvents(text);
  if (events.at(-1) !== "[DONE]") throw new Error("the stream broke off");
  const end = streamEnd.parse(JSON.parse(events.at(-2) ?? ""));
  return { turn: end, costMicrocredits: toMicrocredits(end.usage.cost) };
}

/** Holds conversations of a few turns, one after another, until the signal. */
export async function talkUntil(
  { user, asked }: Talker,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  let outputTokens = 10;
  while (!signal.aborted) {
    const opened = await user.signedIn
      .post("/api/conversations", { model: "large" }, conversation)
      .catch(() => null);
    if (opened === null) {
      await pause(100);
      continue;
    }
    for (let nth = 0; nth < TURNS_A_CONVERSATION && !signal.aborted; nth += 1) {
      outputTokens += 1;
      const stream = outputTokens % STREAMED_EVERY === 0 && outputTokens < 60;
      const asking: AskedTurn = {
        conversationId: opened.id,
        content: `Turn ${outputTokens}: please respond with exactly ${outputTokens} tokens.`,
        outputTokens,
        answered: null,
      };
      asked.push(asking);
      const result = await send(
        {
          url: `${user.api.url}/api/conversations/${opened.id}/messages`,
          bearer: user.key,
          key: random.next() < 0.5 ? `turn-${outputTokens}` : null,
          body: { message: asking.content, stream },
        },
        (text) => readTurn(text, stream),
      );
      if ("answer" in result) asking.answered = { ...result.answer, atMs: Date.now() };
      else await pause(50);
    }
  }
}

async function listMessages(user: Person, conversationId: string) {
  const all: z.infer<typeof message>[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const path = `/api/conversations/${conversationId}/messages?order=asc&limit=100${after}`;
    const part: z.infer<typeof page> = await user.api.get(path, page);
    all.push(...part.data);
    cursor = part.nextCursor;
  }
  return all;
}

/** Finds everything wrong with what is stored of a talker's conversations. */
export async function auditStoredTurns({ user, asked }: Talker): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [id, turns] of Map.groupBy(asked, ({ conversationId }) => conversationId)) {
    const stored = await listMessages(user, id);
    const contents = new Set(turns.map(({ content }) => content));
    for (const { role, content } of stored)
      if (role === "user" && !contents.has(content)) problems.push(`${id} has “${content}”`);
    for (const { content, answered } of turns) {
      const questions = stored.filter(
        (one) => one.role === "user" && one.content === content && one.status === "complete",
      );
      if (questions.length > 1) problems.push(`${id} has “${content}” ${questions.length} times`);
      if (answered === null) continue;
      const { userMessage, message } = answered.turn;
      const at = stored.findIndex((one) => one.id === userMessage.id);
      const replies = stored.filter((one) => one.id === message.id);
      if (at < 0 || stored[at + 1]?.id !== message.id || replies.length !== 1)
        problems.push(`${id}: ${userMessage.id} and its reply are not stored once`);
      else if (replies[0]?.content !== message.content || replies[0].status !== "complete")
        problems.push(`${id}: ${message.id} is stored otherwise than it was sent`);
    }
  }
  return problems;
}

/** Compares every charge of a talker with what was asked. */
export function auditTurnCharges(
  { user, asked }: Talker,
  { chats }: Pick<Books, "chats">,
): ChatAudit {
  const problems: string[] = [];
  const unchargedAtMs: number[] = [];
  const askedByTokens = new Set(asked.map(({ outputTokens }) => outputTokens));
  const charges = Map.groupBy(chats, ({ chat }) => chat.outputTokens);
  for (const { amount, chat } of chats) {
    const { inputTokens, outputTokens } = chat;
    if (!askedByTokens.has(outputTokens))
      problems.push(`${user.userId} is charged a turn of ${outputTokens} tokens, never asked`);
    if (
      toMicrocredits(-amount) !==
      inputTokens * INPUT_MICROCREDITS + outputTokens * OUTPUT_MICROCREDITS
    )
      problems.push(`${user.userId} is charged ${-amount} for ${JSON.stringify(chat)}`);
  }
  for (const { outputTokens, answered } of asked) {
    const charged = charges.get(outputTokens) ?? [];
    if (charged.length > 1)
      problems.push(`${user.userId} is charged ${charged.length} times for ${outputTokens} tokens`);
    if (answered === null) continue;
    if (charged.length === 0) unchargedAtMs.push(answered.atMs);
    else if (toMicrocredits(-(charged[0]?.amount ?? 0)) !== answered.costMicrocredits)
      problems.push(`${user.userId} was told ${answered.costMicrocredits} for ${outputTokens}`);
  }
  return { problems, unchargedAtMs };
}
