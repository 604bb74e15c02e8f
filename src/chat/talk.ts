import { createParser } from "eventsource-parser";
import type { TokenUsage } from "../account/index.ts";
import { type ChatAnswer, type ChatContext, complete, type Ended } from "./complete.ts";
import { readChatAsk } from "./request.ts";
import { isObject, spokenText } from "./usage.ts";

/** What a conversation asks of a model: text in, text out. */
export interface TalkRequest {
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
export const BROKE_OFF = "error";

/** A piece of a reply as it comes. */
interface Said {
  readonly text: string;
  /**
   * Why the model is done with it ("stop", "length"), if it says that it is; `BROKE_OFF` where its
   * vendor tells of an error.
   */
  readonly finishReason: string | null;
}

/** A whole reply. `cost` in credits. */
interface WholeTalk {
  readonly text: string;
  /** Whether its vendor says that an error ended it. */
  readonly brokeOff: boolean;
  readonly usage: Pick<TokenUsage, "input" | "output"> | null;
  readonly cost: number;
}

type Headers = Readonly<Record<string, string>>;

/**
 * `pieces` throws where the upstream's connection breaks off; to leave it early is to let the
 * upstream go. `ended` tells how it ended, and never rejects.
 */
export type TalkAnswer =
  | Extract<ChatAnswer, { kind: "refused" }>
  | { readonly kind: "whole"; readonly headers: Headers; readonly whole: WholeTalk }
  | {
      readonly kind: "stream";
      readonly headers: Headers;
      readonly pieces: AsyncGenerator<Said, void>;
      readonly ended: Promise<Ended>;
    };

/**
 * Whether what a vendor calls an error is one: some send an empty one with every reply that goes
 * well.
 */
const isError = (error: unknown): boolean =>
  isObject(error) || (typeof error === "string" && error !== "");

const partOf = (json: unknown): Readonly<Record<string, unknown>> => (isObject(json) ? json : {});

/**
 * Text in what a vendor calls content. What is nested deeper than can be followed is none: it is
 * paid for, and no reason to fail.
 */
function textIn(content: unknown): string {
  try {
    return spokenText(content);
  } catch {
    return "";
  }
}

/**
 * What a reply, or a chunk of one, says. By hand, and not by a schema: of what is paid for, all
 * that can be read is read.
 */
function readSaid(json: unknown): Said {
  const { choices, error } = partOf(json);
  const { delta, message, text, finish_reason } = partOf(
    Array.isArray(choices) ? choices[0] : undefined,
  );
  const said = delta ?? message ?? text;
  const finishReason = typeof finish_reason === "string" ? finish_reason : null;
  return {
    text: textIn(isObject(said) ? said["content"] : said),
    finishReason: isError(error) ? BROKE_OFF : finishReason,
  };
}

function readWhole(body: string): WholeTalk {
  const json: unknown = JSON.parse(body);
  const { text, finishReason } = readSaid(json);
  const { prompt_tokens: input, completion_tokens: output, cost } = partOf(partOf(json)["usage"]);
  return {
    text,
    brokeOff: finishReason === BROKE_OFF,
    usage: typeof input === "number" && typeof output === "number" ? { input, output } : null,
    // Ours: `answerJson` puts it there.
    cost: typeof cost === "number" ? cost : 0,
  };
}

function readPiece(data: string): Said | null {
  if (data === "[DONE]") return { text: "", finishReason: "stop" };
  try {
    return readSaid(JSON.parse(data));
  } catch {
    return null;
  }
}

/** The pieces of text in a stream of completions. */
async function* readPieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Said, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const found: Said[] = [];
  const parser = createParser({
    onEvent: (event) => {
      const piece = readPiece(event.data);
      if (piece !== null) found.push(piece);
    },
  });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      parser.feed(done ? "\n\n" : decoder.decode(value, { stream: true }));
      yield* found.splice(0);
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** One turn of a conversation: a paid chat like any other, with its reply read into text. */
export async function talk(
  context: Omit<ChatContext, "idempotency">,
  request: TalkRequest,
): Promise<TalkAnswer> {
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
  const ask = readChatAsk(new TextEncoder().encode(JSON.stringify(json)));
  if (!ask.ok) return { kind: "refused", failure: ask.failure, rate: null, upstreamCalled: false };
  const answer = await complete({ ...context, idempotency: null }, ask.value);
  switch (answer.kind) {
    case "refused":
      return answer;
    case "whole":
      return {
        kind: "whole",
        headers: answer.response.headers,
        whole: readWhole(answer.response.body),
      };
    case "stream":
      return {
        kind: "stream",
        headers: answer.headers,
        pieces: readPieces(answer.stream),
        ended: answer.ended,
      };
  }
}
