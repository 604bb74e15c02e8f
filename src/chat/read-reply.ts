import { ok, type Result } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import type { Deadline, TranslatedReply, Upstream } from "../upstream/index.ts";
import { costInCredits, measureStream, toOutcome } from "./answer.ts";
import { answerJson } from "./answer-json.ts";
import { answerStream } from "./answer-stream.ts";
import { splitCompletion } from "./joined-completion.ts";
import { peekStream, rejoin } from "./peek-stream.ts";
import type { RelaySurroundings } from "./relay.ts";
import { Transcript } from "./transcript.ts";
import type { ActiveChat, ChatAnswer, Completion, Settlement, StreamOutcome } from "./types.ts";

/** An answer, and the settlement that follows it. */
export interface ChatRun {
  readonly answer: ChatAnswer;
  readonly settled: Promise<void> | null;
}

/** A reply as its client sees it, for keys that have it kept; null where it was not read. */
export interface ShownReply {
  readonly text: string | null;
  /** Whether the text is only the beginning of it. */
  readonly isCut: boolean;
}

/** Settles a chat, and keeps its reply where its key has that done. */
export type Settle = (settlement: Omit<Settlement, "holdNo">, reply?: ShownReply) => Promise<void>;

/**
 * The time for which an upstream is read after its client left, for its count. Settling has to
 * follow within the 30 s that a Worker lives past its client.
 */
const READ_ON_MS = 15 * SECOND_MS;

/** The types of streams: of events, or of lines of JSON. */
const STREAM_TYPE = /^(text\/event-stream|application\/(x-ndjson|jsonl|json-seq))\s*(;|$)/i;
/** The start of an event stream, whatever it is called. */
const STREAM_START = /^\uFEFF?\s*(:|data|event|id|retry|$)/;

/**
 * Returns whether a reply is a stream, by its type, or by its first bytes: some vendors call it
 * text, JSON or nothing.
 * @returns the reply with its body still to be read
 */
async function detectStream(reply: Response): Promise<readonly [isStream: boolean, Response]> {
  const { body, headers } = reply;
  if (body === null) return [false, reply];
  if (STREAM_TYPE.test(headers.get("content-type") ?? "")) return [true, reply];
  const reader = body.getReader();
  const first = await reader.read();
  if (first.done) return [false, new Response(null, { headers })];
  const start = new TextDecoder().decode(first.value.slice(0, 64));
  return [STREAM_START.test(start), new Response(rejoin(first.value, reader), { headers })];
}

function relayStream(
  chat: ActiveChat,
  body: ReadableStream<Uint8Array>,
  surroundings: RelaySurroundings,
  settle: Settle,
  promptUsage: Reading["promptUsage"],
): ChatRun {
  const { terms, keepDays } = chat.hold;
  const transcript = new Transcript(terms.idempotencyKey !== null, keepDays !== undefined);
  const { headers, stream, ended } = answerStream(chat, body, { ...surroundings, transcript });
  const outcome = ended.then((ending): StreamOutcome => {
    const measured = measureStream(chat, transcript, ending, promptUsage?.());
    return { ending, measured, cost: costInCredits(chat, measured) };
  });
  const settled = outcome.then(({ ending, measured }) => {
    const { whole } = transcript;
    // A stream that the upstream broke off is not replayed: the next request calls it anew.
    const canReplay = whole !== null && measured !== null && ending !== "upstream_failed";
    return settle(
      {
        outcome: toOutcome(chat, ending, measured),
        response: canReplay ? { status: 200, headers, body: whole } : null,
      },
      transcript.kept,
    );
  });
  return { answer: { kind: "stream", headers, stream, ended: outcome }, settled };
}

/** Builds the stream of a reply that came whole. */
function toStream(chat: ActiveChat, completion: Completion, endedInError: boolean): string {
  const { wantsUsage, wantsCost } = chat.request;
  const { cost: _, generation_id: _id, ...usage } = completion.usage;
  const shown = wantsCost ? completion.usage : usage;
  return splitCompletion(completion, wantsUsage ? shown : null, endedInError);
}

/** How a reply is read. */
interface Reading {
  /** Whether another upstream can be asked: then a stream has to begin before it is answered. */
  readonly hasNext: boolean;
  /** The time for which the upstream is read after its client left. */
  readonly readOnMs?: number | undefined;
  /** Returns the vendor's count of the prompt, where it comes apart from the stream. */
  readonly promptUsage?: TranslatedReply["promptUsage"] | undefined;
}

/**
 * Reads the upstream's reply, whole or as a stream, in the form that the client asked for, and
 * settles when it is over. A failure is left to the caller to settle.
 */
export async function readReply(
  chat: ActiveChat,
  reply: Response,
  upstream: Upstream,
  deadline: Deadline,
  settle: Settle,
  { hasNext, readOnMs = READ_ON_MS, promptUsage }: Reading,
): Promise<Result<ChatRun>> {
  const onActivity = () => deadline.touch();
  const surroundings = { onActivity, readOnMs, signal: deadline.signal };
  const wantsStream = chat.request.stream;
  const [isStream, response] = wantsStream ? await detectStream(reply) : [false, reply];
  if (isStream && response.body !== null) {
    const { body } = response;
    const begun = hasNext ? await peekStream(body, upstream, deadline, onActivity) : ok(body);
    return begun.ok ? ok(relayStream(chat, begun.value, surroundings, settle, promptUsage)) : begun;
  }

  const answer = await answerJson(chat, response, upstream, deadline, surroundings);
  if (!answer.ok) return answer;
  if (answer.value.kind === "unread") {
    const { headers, stream } = answer.value;
    const outcome = answer.value.ended.then(
      ({ ending, measured }): StreamOutcome => ({
        ending,
        measured,
        cost: costInCredits(chat, measured),
      }),
    );
    const settled = outcome.then(({ ending, measured }) =>
      settle({ outcome: toOutcome(chat, ending, measured), response: null }),
    );
    return ok({ answer: { kind: "stream", headers, stream, ended: outcome }, settled });
  }

  const { measured, completion, shown, response: whole, endedInError } = answer.value;
  const body = wantsStream ? toStream(chat, shown, endedInError) : whole.body;
  const type = wantsStream ? { "content-type": "text/event-stream; charset=utf-8" } : {};
  const sent = { ...whole, headers: { ...whole.headers, ...type }, body };
  const settled = settle(
    {
      outcome: toOutcome(chat, "complete", measured),
      response: chat.hold.terms.idempotencyKey !== null && !endedInError ? sent : null,
    },
    { text: body, isCut: false },
  );
  if (!wantsStream)
    return ok({ answer: { kind: "whole", response: sent, completion: shown, measured }, settled });
  const ended = Promise.resolve({
    ending: "complete" as const,
    measured,
    cost: completion.usage.cost,
  });
  const stream = new Blob([body]).stream();
  return ok({ answer: { kind: "stream", headers: sent.headers, stream, ended }, settled });
}
