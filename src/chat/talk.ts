import { createParser } from "eventsource-parser";
import { z } from "zod";
import type { TokenUsage } from "../account/index.ts";
import { type ChatAnswer, type ChatContext, complete, type Ended } from "./complete.ts";
import { readChatAsk } from "./request.ts";
import { isObject, spokenText } from "./usage.ts";

/** What a conversation asks of a model: text in, text out. */
export interface TalkRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: "system" | "user" | "assistant"; readonly content: string }[];
  readonly maxTokens: number;
  readonly stream: boolean;
}

/** OpenRouter's word for a reply that an error ended; here for every way in which vendors tell of one. */
export const BROKE_OFF = "error";

/** A piece of a reply as it comes. */
interface Said {
  readonly text: string;
  /** Why the model is done with it ("stop", "length"), if it says that it is; `BROKE_OFF` where its vendor tells of an error. */
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

/** `pieces` throws where the upstream's connection breaks off; to leave it early is to let the upstream go. `ended` tells how it ended, and never rejects. */
export type TalkAnswer =
  | Extract<ChatAnswer, { kind: "refused" }>
  | { readonly kind: "whole"; readonly headers: Headers; readonly whole: WholeTalk }
  | {
      readonly kind: "stream";
      readonly headers: Headers;
      readonly pieces: AsyncGenerator<Said, void>;
      readonly ended: Promise<Ended>;
    };

const wholeReply = z.looseObject({
  choices: z.array(
    z.looseObject({ message: z.looseObject({ content: z.unknown() }).nullish(), finish_reason: z.unknown().optional() }),
  ),
  error: z.unknown().optional(),
  usage: z.looseObject({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional(), cost: z.number() }),
});
const chunk = z.looseObject({
  choices: z
    .array(z.looseObject({ delta: z.looseObject({ content: z.unknown() }).nullish(), finish_reason: z.string().nullish() }))
    .catch([]),
  error: z.unknown().optional(),
});

/** Whether what a vendor calls an error is one: some send an empty one with every reply that goes well. */
const isError = (error: unknown): boolean => isObject(error) || (typeof error === "string" && error !== "");

function readWhole(body: string): WholeTalk {
  const { choices, error, usage } = wholeReply.parse(JSON.parse(body));
  const { prompt_tokens: input, completion_tokens: output, cost } = usage;
  return {
    text: spokenText(choices[0]?.message?.content),
    brokeOff: isError(error) || choices[0]?.finish_reason === BROKE_OFF,
    usage: input === undefined || output === undefined ? null : { input, output },
    cost,
  };
}

function readPiece(data: string): Said | null {
  if (data === "[DONE]") return { text: "", finishReason: "stop" };
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return null;
  }
  const read = chunk.safeParse(json).data;
  if (read === undefined) return null;
  const [choice] = read.choices;
  const finishReason = isError(read.error) ? BROKE_OFF : (choice?.finish_reason ?? null);
  return { text: spokenText(choice?.delta?.content), finishReason };
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
export async function talk(context: Omit<ChatContext, "idempotency">, request: TalkRequest): Promise<TalkAnswer> {
  const { model, messages, maxTokens, stream } = request;
  // With the cost in the stream it is relayed as fast as it is read, and what is charged is what was read.
  const json = { model, messages, max_completion_tokens: maxTokens, stream, usage: { include: true } };
  const ask = readChatAsk(new TextEncoder().encode(JSON.stringify(json)));
  if (!ask.ok) return { kind: "refused", failure: ask.failure, rate: null, asked: false };
  const answer = await complete({ ...context, idempotency: null }, ask.value);
  switch (answer.kind) {
    case "refused":
      return answer;
    case "whole":
      return { kind: "whole", headers: answer.response.headers, whole: readWhole(answer.response.body) };
    case "stream":
      return { kind: "stream", headers: answer.headers, pieces: readPieces(answer.stream), ended: answer.ended };
  }
}
