import { createParser } from "eventsource-parser";
import type { TokenUsage } from "../account/index.ts";
import { madeAt, newId } from "../ids.ts";
import { SECOND_MS } from "../time.ts";
import { GENERATION_ID } from "./answer.ts";
import { findUsage } from "./find-usage.ts";
import type { FinishReason, ReplyEvent, ReplyUsage } from "./reply-events.ts";
import { reportsError } from "./reported-error.ts";
import type { ChatAnswer } from "./types.ts";
import { isCount, isObject, readVendorCount } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json => (isObject(value) ? value : {});
const listObjects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const asText = (value: unknown): string => (typeof value === "string" ? value : "");
const firstText = (...values: readonly unknown[]): string =>
  values.map(asText).find((text) => text !== "") ?? "";

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  length: "length",
  max_tokens: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

/** A vendor's content: a text, or parts with a text each. */
const contentText = (content: unknown): string =>
  Array.isArray(content)
    ? listObjects(content)
        .map((part) => asText(part["text"]))
        .join("")
    : asText(content);

/** The parts of reasoning that its vendor seals: a signature, or all of it encrypted. */
const sealedReasoning = (choice: number, message: Json): readonly ReplyEvent[] =>
  listObjects(message["reasoning_details"] ?? message["thinking_blocks"]).flatMap(
    ({ signature, data }): readonly ReplyEvent[] => [
      ...(firstText(signature) === ""
        ? []
        : [
            {
              kind: "sealed_reasoning",
              choice,
              form: "signature",
              data: asText(signature),
            } as const,
          ]),
      ...(firstText(data) === ""
        ? []
        : [{ kind: "sealed_reasoning", choice, form: "encrypted", data: asText(data) } as const]),
    ],
  );

function toolCalls(choice: number, message: Json): readonly ReplyEvent[] {
  const legacy = message["function_call"];
  const calls = isObject(legacy) ? [{ function: legacy }] : listObjects(message["tool_calls"]);
  return calls.map((call: Json, position): ReplyEvent => {
    const isCustom = isObject(call["custom"]);
    const called = asObject(isCustom ? call["custom"] : call["function"]);
    const { index } = call;
    return {
      kind: "tool_call",
      choice,
      index: isCount(index) ? index : position,
      id: firstText(call["id"]) || null,
      name: firstText(called["name"]) || null,
      input: asText(isCustom ? called["input"] : called["arguments"]),
      isCustom,
    };
  });
}

/** Reads the stop sequence that ended a choice: vLLM's `stop_reason`, SGLang's `matched_stop`. */
function readStopSequence({ stop_reason, matched_stop }: Json): { stopSequence?: string } {
  const stopSequence = firstText(stop_reason, matched_stop);
  return stopSequence === "" ? {} : { stopSequence };
}

function choiceEvents(json: Json, position: number): readonly ReplyEvent[] {
  const { index } = json;
  const choice = isCount(index) ? index : position;
  const message = asObject(json["delta"] ?? json["message"]);
  const reasoning = firstText(
    message["reasoning_content"],
    message["reasoning"],
    message["reasoning_text"],
    message["thinking"],
  );
  const text = contentText(message["content"]) || asText(json["text"]);
  const refusal = asText(message["refusal"]);
  const finish = json["finish_reason"];
  return [
    ...(reasoning === "" ? [] : [{ kind: "reasoning", choice, text: reasoning } as const]),
    ...sealedReasoning(choice, message),
    ...(isObject(json["logprobs"])
      ? [{ kind: "logprobs", choice, logprobs: json["logprobs"] } as const]
      : []),
    ...(text === "" ? [] : [{ kind: "text", choice, text } as const]),
    ...(refusal === "" ? [] : [{ kind: "refusal", choice, text: refusal } as const]),
    ...toolCalls(choice, message),
    ...(typeof finish === "string"
      ? [
          {
            kind: "finish",
            choice,
            reason: FINISH_REASONS[finish] ?? "stop",
            ...readStopSequence(json),
          } as const,
        ]
      : []),
  ];
}

/** Reads the events of a completion, or of a chunk of one, in OpenAI's fields. */
function readEvents(json: Json): readonly ReplyEvent[] {
  const events = listObjects(json["choices"]).flatMap(choiceEvents);
  if (!reportsError(json)) return events;
  const { code, message } = asObject(json["error"]);
  return [
    ...events,
    {
      kind: "error",
      code: firstText(code, "upstream_error"),
      message: firstText(message, "The model provider ended this reply with an error."),
    },
  ];
}

/** Reads how many of the reply's tokens are reasoning, which all vendors count among the reply. */
function readReasoningTokens(usage: Json | undefined): number {
  const { reasoning_tokens: tokens } = asObject(usage?.["completion_tokens_details"]);
  return isCount(tokens) ? tokens : 0;
}

const toReplyUsage = (usage: TokenUsage, shown: Json | undefined): ReplyUsage => ({
  input: usage.input,
  cachedInput: usage.cachedInput,
  cacheWriteInput: usage.cacheWriteInput ?? 0,
  output: usage.output,
  reasoning: Math.min(usage.output, readReasoningTokens(shown)),
});

/** Reads the usage of a reply that was kept: as it was shown. */
function readKeptUsage(shown: Json | undefined): ReplyUsage | null {
  if (shown === undefined) return null;
  const most = Number.MAX_SAFE_INTEGER;
  const {
    input = 0,
    output = 0,
    ...cache
  } = readVendorCount(shown, {
    maxInput: most,
    maxOutput: most,
  });
  return toReplyUsage({ input, output, ...cache }, shown);
}

/** Collects the chunks of a stream, and the usage in them. */
class ChunkReader {
  readonly #events: ReplyEvent[] = [];
  readonly #parser = createParser({ onEvent: ({ data }) => this.#read(data) });
  #usage: Json | undefined;

  /** The last usage that came. */
  get usage(): Json | undefined {
    return this.#usage;
  }

  /** Returns the events that a piece of the stream makes whole. */
  feed(piece: string): readonly ReplyEvent[] {
    this.#parser.feed(piece);
    return this.#events.splice(0);
  }

  #read(data: string): void {
    if (data.trim() === "[DONE]") return;
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      // The vendor's own nonsense, which is passed on where nothing is translated.
      return;
    }
    if (!isObject(json)) return;
    this.#usage = findUsage(json) ?? this.#usage;
    this.#events.push(...readEvents(json));
  }
}

/** The answer of a chat that was not refused. */
export type Served = Exclude<ChatAnswer, { kind: "refused" }>;

type StreamAnswer = Extract<ChatAnswer, { kind: "stream" }>;

async function* readStream({ stream, ended }: StreamAnswer): AsyncGenerator<ReplyEvent, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const chunks = new ChunkReader();
  let hasError = false;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      for (const event of chunks.feed(done ? "\n\n" : decoder.decode(value, { stream: true }))) {
        hasError ||= event.kind === "error";
        yield event;
      }
      if (done) break;
    }
  } catch {
    // The relay broke off: how it ended is told below.
  } finally {
    // A surface whose client left lets the upstream go.
    reader.cancel().catch(() => undefined);
  }
  const { ending, measured, cost } = await ended;
  if (ending === "upstream_failed" && !hasError)
    yield {
      kind: "error",
      code: "upstream_error",
      message: "The model provider cut this reply short.",
    };
  const usage = measured === null ? null : toReplyUsage(measured.usage, chunks.usage);
  yield { kind: "end", ending, usage, cost };
}

/** Reads a reply that is too long to be read to its end, for its count, and gives none of it. */
async function* readUnreadable({ stream, ended }: StreamAnswer): AsyncGenerator<ReplyEvent, void> {
  await stream.pipeTo(new WritableStream()).catch(() => undefined);
  const { ending, measured, cost } = await ended;
  yield {
    kind: "error",
    code: "upstream_error",
    message: "The model provider sent a reply that is too long to process.",
  };
  const usage = measured === null ? null : toReplyUsage(measured.usage, undefined);
  yield { kind: "end", ending, usage, cost };
}

/** Reads a kept answer: as it was sent. */
function readKept(body: string, isStream: boolean): readonly ReplyEvent[] {
  const chunks = new ChunkReader();
  const json: unknown = isStream ? {} : JSON.parse(body);
  const events = isStream ? chunks.feed(`${body}\n\n`) : readEvents(asObject(json));
  const usage = isStream ? chunks.usage : findUsage(asObject(json));
  const { cost } = usage ?? {};
  return [
    ...events,
    {
      kind: "end",
      ending: "complete",
      usage: readKeptUsage(usage),
      cost: typeof cost === "number" ? cost : 0,
    },
  ];
}

const isEventStream = (headers: Readonly<Record<string, string>>): boolean =>
  headers["content-type"]?.startsWith("text/event-stream") ?? false;

/**
 * Reads a served answer as events. Whole and kept answers give all of theirs at once; a stream
 * gives them as they come, and its reader may leave early, which lets the upstream go. It does not
 * throw. The chat has to be run with `isTranslated`.
 *
 * A whole reply that is too long to be read is an error, and charged: see `isUnreadable`.
 */
export async function* readAnswer(answer: Served): AsyncGenerator<ReplyEvent, void> {
  switch (answer.kind) {
    case "stream":
      yield* isUnreadable(answer) ? readUnreadable(answer) : readStream(answer);
      return;
    case "replayed": {
      const { body, headers } = answer.response;
      yield* readKept(body, isEventStream(headers));
      return;
    }
    case "whole": {
      const { completion, measured } = answer;
      const { cost } = completion.usage;
      yield* readEvents(completion);
      const usage = toReplyUsage(measured.usage, findUsage(completion));
      yield { kind: "end", ending: "complete", usage, cost };
    }
  }
}

/**
 * Whether an answer is a whole reply that is passed on unread, as it is too long: no surface can
 * translate it.
 */
const isUnreadable = (answer: Served): boolean =>
  answer.kind === "stream" && !isEventStream(answer.headers);

/** The part of a chat's id between its prefix and the number of its hold. */
const NAME = { from: "gen_".length, length: 32 } as const;

/** What names a reply: that part of its chat's id, and when it was asked for. */
export interface ReplyHead {
  readonly id: string;
  readonly createdSeconds: number;
}

/** Reads what names a reply: the same for one that is replayed. */
export function readHead(answer: Served): ReplyHead {
  const headers = answer.kind === "stream" ? answer.headers : answer.response.headers;
  // Those that were kept before there was one have none.
  const id = headers[GENERATION_ID] ?? newId("gen", Date.now());
  const name = id.slice(NAME.from, NAME.from + NAME.length);
  return { id: name, createdSeconds: Math.floor(madeAt(id) / SECOND_MS) };
}
