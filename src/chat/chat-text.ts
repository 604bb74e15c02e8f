import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { TokenUsage } from "../account/index.ts";
import type { Failure } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { completeChat } from "./complete-chat.ts";
import { saysFinish } from "./frames.ts";
import { extractText, readReplyText } from "./reply-text.ts";
import { FINISH_REASON_ERROR, reportsError } from "./reported-error.ts";
import { buildTextRequest, type TextRequest } from "./request.ts";
import type { ChatAnswer, ChatContext, Completion } from "./types.ts";
import { isObject } from "./vendor-usage.ts";

/** A piece of a reply as it comes. */
interface TextDelta {
  readonly text: string;
  /** What the model thinks before it replies, where its vendor shows that. */
  readonly reasoning: string;
  /**
   * Why the model ended the reply ("stop", "length"), where this piece says so; or
   * `FINISH_REASON_ERROR` where its vendor reports an error.
   */
  readonly finishReason: string | null;
}

/** A whole reply. `cost` in credits. */
interface TextReply {
  readonly text: string;
  /** Whether its vendor says that an error ended it. */
  readonly endedInError: boolean;
  readonly usage: Pick<TokenUsage, "input" | "output"> | null;
  readonly cost: number;
}

/**
 * A turn ends with its chat, and its conversation waits for that, so a reply that was stopped is
 * not read for long.
 */
const READ_ON_MS = SECOND_MS;

const UNREADABLE: Failure = {
  code: "upstream_error",
  message: "The model provider sent a reply that is too long to process.",
};

type StreamAnswer = Extract<ChatAnswer, { kind: "stream" }>;

export type ChatTextAnswer =
  | Extract<ChatAnswer, { kind: "refused" }>
  | {
      readonly kind: "whole";
      readonly headers: Readonly<Record<string, string>>;
      readonly reply: TextReply;
    }
  | (Pick<StreamAnswer, "kind" | "headers" | "ended"> & {
      /**
       * Throws where the upstream's connection breaks off. A reader that leaves early lets the
       * upstream go.
       */
      readonly deltas: AsyncGenerator<TextDelta, void>;
    });

const asRecord = (json: unknown): Readonly<Record<string, unknown>> => (isObject(json) ? json : {});

/**
 * Reads the text of a vendor's content. Content that is nested too deeply to be followed counts as
 * none: it is paid for, and no reason to fail.
 */
function readContentText(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** Reads a piece of what a model thinks, which vendors call by one of two names. */
function readReasoning({ reasoning, reasoning_content }: Readonly<Record<string, unknown>>) {
  const texts = [reasoning, reasoning_content].filter((text) => typeof text === "string");
  return texts.find((text) => text !== "") ?? "";
}

/**
 * Reads the text of a reply, or of a chunk of one, also where it is in another vendor's fields. By
 * hand, and not by a schema: everything that can be read of a paid reply is read.
 */
function readDelta(json: unknown): TextDelta {
  const reply = asRecord(json);
  const { choices } = reply;
  const choice = asRecord(Array.isArray(choices) ? choices[0] : undefined);
  const { delta, message, text, finish_reason } = choice;
  const isError = reportsError(reply);
  const ending = saysFinish(reply) ? "stop" : null;
  const finishReason = typeof finish_reason === "string" ? finish_reason : ending;
  return {
    text: readContentText(() => {
      if (!Array.isArray(choices)) return isError ? "" : readReplyText(reply);
      const contents = [delta, message, text, choice].map((each) =>
        extractText(isObject(each) ? each["content"] : each),
      );
      return contents.find((content) => content !== "") ?? "";
    }),
    reasoning: readReasoning(asRecord(delta)),
    finishReason: isError ? FINISH_REASON_ERROR : finishReason,
  };
}

function readReply(completion: Completion): TextReply {
  const { text, finishReason } = readDelta(completion);
  const { prompt_tokens: input, completion_tokens: output } = asRecord(completion.usage);
  return {
    text,
    endedInError: finishReason === FINISH_REASON_ERROR,
    usage: typeof input === "number" && typeof output === "number" ? { input, output } : null,
    cost: completion.usage.cost,
  };
}

function readEvent({ event, data }: EventSourceMessage): TextDelta | null {
  if (event === "error") return { text: "", reasoning: "", finishReason: FINISH_REASON_ERROR };
  if (data.trim() === "[DONE]") return { text: "", reasoning: "", finishReason: "stop" };
  try {
    return readDelta(JSON.parse(data));
  } catch {
    return null;
  }
}

/** Reads the pieces of text in a stream of completions. */
async function* readDeltas(stream: ReadableStream<Uint8Array>): AsyncGenerator<TextDelta, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const deltas: TextDelta[] = [];
  const parser = createParser({
    onEvent: (event) => {
      const delta = readEvent(event);
      if (delta !== null) deltas.push(delta);
    },
  });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      parser.feed(done ? "\n\n" : decoder.decode(value, { stream: true }));
      yield* deltas.splice(0);
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Completes a chat for a conversation: paid like any other, with its reply read into text. */
export async function chatText(
  context: Omit<ChatContext, "idempotency">,
  request: TextRequest,
): Promise<ChatTextAnswer> {
  const answer = await completeChat(
    { ...context, idempotency: null, readOnMs: READ_ON_MS, isText: true },
    buildTextRequest(request),
  );
  switch (answer.kind) {
    case "refused":
      return answer;
    case "whole": {
      const { response, completion } = answer;
      return { kind: "whole", headers: response.headers, reply: readReply(completion) };
    }
    case "stream": {
      const { headers, stream, ended } = answer;
      if (!request.stream) {
        // Too long to be read, which no reply of text is. It was served, so it is paid for.
        await stream.cancel();
        return { kind: "refused", failure: UNREADABLE, rate: null, upstreamCalled: true };
      }
      return { kind: "stream", headers, deltas: readDeltas(stream), ended };
    }
    case "replayed":
      throw new Error("A chat without an Idempotency-Key is not replayed.");
  }
}
