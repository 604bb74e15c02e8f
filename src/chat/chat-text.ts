import { createParser } from "eventsource-parser";
import type { TokenUsage } from "../account/index.ts";
import {
  type ChatAnswer,
  type ChatContext,
  completeChat,
  type StreamOutcome,
} from "./complete-chat.ts";
import { extractText, isObject } from "./measure-usage.ts";
import { parseChatRequest } from "./request.ts";

/** What a conversation asks of a model: text in, text out. */
export interface ChatTextRequest {
  readonly model: string;
  readonly messages: readonly {
    readonly role: "system" | "user" | "assistant";
    readonly content: string;
  }[];
  readonly maxTokens: number;
  readonly stream: boolean;
}

/**
 * OpenRouter's word for a reply that an error ended; here for every way in which vendors tell of
 * one.
 */
export const FINISH_REASON_ERROR = "error";

/** A piece of a reply as it comes. */
interface TextDelta {
  readonly text: string;
  /**
   * Why the model is done with it ("stop", "length"), if it says that it is; `REPLY_CUT_OFF` where its
   * vendor tells of an error.
   */
  readonly finishReason: string | null;
}

/** A whole reply. `cost` in credits. */
interface WholeReply {
  readonly text: string;
  /** Whether its vendor says that an error ended it. */
  readonly endedInError: boolean;
  readonly usage: Pick<TokenUsage, "input" | "output"> | null;
  readonly cost: number;
}

type Headers = Readonly<Record<string, string>>;

/**
 * `pieces` throws where the upstream's connection breaks off; to leave it early is to let the
 * upstream go. `ended` tells how it ended, and never rejects.
 */
export type ChatTextAnswer =
  | Extract<ChatAnswer, { kind: "refused" }>
  | { readonly kind: "whole"; readonly headers: Headers; readonly reply: WholeReply }
  | {
      readonly kind: "stream";
      readonly headers: Headers;
      readonly deltas: AsyncGenerator<TextDelta, void>;
      readonly ended: Promise<StreamOutcome>;
    };

/**
 * Whether what a vendor calls an error is one: some send an empty one with every reply that goes
 * well.
 */
const isError = (error: unknown): boolean =>
  isObject(error) || (typeof error === "string" && error !== "");

const asRecord = (json: unknown): Readonly<Record<string, unknown>> => (isObject(json) ? json : {});

/**
 * Text in what a vendor calls content. What is nested deeper than can be followed is none: it is
 * paid for, and no reason to fail.
 */
function readContentText(content: unknown): string {
  try {
    return extractText(content);
  } catch {
    return "";
  }
}

/**
 * What a reply, or a chunk of one, says. By hand, and not by a schema: of what is paid for, all
 * that can be read is read.
 */
function readDelta(json: unknown): TextDelta {
  const { choices, error } = asRecord(json);
  const { delta, message, text, finish_reason } = asRecord(
    Array.isArray(choices) ? choices[0] : undefined,
  );
  const content = delta ?? message ?? text;
  const finishReason = typeof finish_reason === "string" ? finish_reason : null;
  return {
    text: readContentText(isObject(content) ? content["content"] : content),
    finishReason: isError(error) ? FINISH_REASON_ERROR : finishReason,
  };
}

function readWholeReply(body: string): WholeReply {
  const json: unknown = JSON.parse(body);
  const { text, finishReason } = readDelta(json);
  const {
    prompt_tokens: input,
    completion_tokens: output,
    cost,
  } = asRecord(asRecord(json)["usage"]);
  return {
    text,
    endedInError: finishReason === FINISH_REASON_ERROR,
    usage: typeof input === "number" && typeof output === "number" ? { input, output } : null,
    // Ours: `answerJson` puts it there.
    cost: typeof cost === "number" ? cost : 0,
  };
}

function readEvent(data: string): TextDelta | null {
  if (data === "[DONE]") return { text: "", finishReason: "stop" };
  try {
    return readDelta(JSON.parse(data));
  } catch {
    return null;
  }
}

/** The pieces of text in a stream of completions. */
async function* readDeltas(stream: ReadableStream<Uint8Array>): AsyncGenerator<TextDelta, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const deltas: TextDelta[] = [];
  const parser = createParser({
    onEvent: (event) => {
      const delta = readEvent(event.data);
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

/** One turn of a conversation: a paid chat like any other, with its reply read into text. */
export async function chatText(
  context: Omit<ChatContext, "idempotency">,
  request: ChatTextRequest,
): Promise<ChatTextAnswer> {
  const { model, messages, maxTokens, stream } = request;
  // With the cost in the stream it is relayed as fast as it is read, and what is charged is what
  // was read.
  const json = {
    model,
    messages,
    max_completion_tokens: maxTokens,
    stream,
    usage: { include: true },
  };
  const parsed = parseChatRequest(new TextEncoder().encode(JSON.stringify(json)));
  if (!parsed.ok)
    return { kind: "refused", failure: parsed.failure, rate: null, upstreamCalled: false };
  const answer = await completeChat({ ...context, idempotency: null }, parsed.value);
  switch (answer.kind) {
    case "refused":
      return answer;
    case "whole":
      return {
        kind: "whole",
        headers: answer.response.headers,
        reply: readWholeReply(answer.response.body),
      };
    case "stream":
      return {
        kind: "stream",
        headers: answer.headers,
        deltas: readDeltas(answer.stream),
        ended: answer.ended,
      };
  }
}
