import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { describeIssue } from "../http/validate.ts";
import type { Upstream } from "../upstream/index.ts";
import { parseLossless } from "./lossless-json.ts";
import { isTooDeep } from "./nesting.ts";
import { promptBoundTokens } from "./prompt.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

const tokenCount = z.int().min(1).nullish();

/**
 * OpenAI's request. The fields that decide about money are checked; all others are passed through
 * for the vendor to judge.
 */
export const chatBody = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  max_tokens: tokenCount,
  max_completion_tokens: tokenCount,
  n: z.int().min(1).max(128).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  /** Farebox's own, as OpenRouter has it: asks for the cost in the stream. Not passed on. */
  usage: z.looseObject({ include: z.boolean().nullish() }).nullish(),
  tools: z.array(z.unknown()).nullish(),
  functions: z.array(z.unknown()).nullish(),
});
type ChatBody = z.infer<typeof chatBody>;

/** A chat request, and the most that it can cost. */
export interface ChatRequest {
  readonly body: ChatBody;
  readonly model: string;
  readonly choices: number;
  /** The output cap that the client gave, for each choice; null when it gave none. */
  readonly maxTokens: number | null;
  readonly stream: boolean;
  /** Whether the upstream is asked for the usage of a stream. Some vendors refuse that. */
  readonly asksForUsage: boolean;
  /** Whether the client wants the stream's usage chunk. */
  readonly wantsUsage: boolean;
  /** Whether it wants the cost in it as well. */
  readonly wantsCost: boolean;
  /** No prompt has more tokens than this. See prompt.ts. */
  readonly promptBoundTokens: number;
}

/** @param bytes the size of the body as JSON */
function toChatRequest(body: ChatBody, bytes: number): ChatRequest {
  const caps = [body.max_tokens, body.max_completion_tokens].filter(
    (cap) => typeof cap === "number",
  );
  const wantsCost = body.usage?.include === true;
  return {
    body,
    model: body.model,
    choices: body.n ?? 1,
    maxTokens: caps.length === 0 ? null : Math.min(...caps),
    stream: body.stream === true,
    asksForUsage: body.stream === true,
    wantsUsage: wantsCost || body.stream_options?.include_usage === true,
    wantsCost,
    promptBoundTokens: promptBoundTokens(body, bytes),
  };
}

/** Parses a chat completion request from its bytes. */
export function parseChatRequest(bytes: Uint8Array): Result<ChatRequest> {
  let json: unknown;
  try {
    json = parseLossless(utf8.decode(bytes));
  } catch {
    return fail("invalid_request", "The body is not valid JSON.");
  }
  if (isTooDeep(bytes))
    return fail("invalid_request", "The body is nested too deeply: 100 levels at most.");
  const parsed = chatBody.safeParse(json);
  if (parsed.success) return ok(toChatRequest(parsed.data, bytes.length));
  const [issue] = parsed.error.issues;
  return issue === undefined
    ? fail("invalid_request", "Invalid.")
    : { ok: false, failure: describeIssue(issue) };
}

/** A conversation's request to a model: text in, text out. */
export interface TextRequest {
  readonly model: string;
  readonly messages: readonly {
    readonly role: "system" | "user" | "assistant";
    readonly content: string;
  }[];
  readonly maxTokens: number;
  readonly stream: boolean;
}

/** Builds the chat request of a conversation. */
export function buildTextRequest(request: TextRequest): ChatRequest {
  const { model, messages, maxTokens, stream } = request;
  const body = {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_completion_tokens: maxTokens,
    stream,
    // A stream with the cost in it is relayed as fast as it is read, so that what is charged is
    // what was read.
    usage: { include: true },
  };
  return toChatRequest(body, new TextEncoder().encode(JSON.stringify(body)).length);
}

/**
 * Builds the request as the upstream gets it: its own name of the model, the cap that is paid for,
 * and usage always asked for.
 * @param upstream with the vendor's name of the cap, whatever the client called it: under a name
 *   that the vendor does not know there would be no cap at all
 */
export function buildUpstreamBody(
  request: ChatRequest,
  upstreamModel: string,
  maxTokens: number,
  upstream: Pick<Upstream, "maxTokensField" | "streamOptions">,
): string {
  const { stream_options } = request.body;
  return JSON.stringify({
    ...request.body,
    model: upstreamModel,
    stream_options: request.stream
      ? request.asksForUsage && upstream.streamOptions
        ? { ...stream_options, include_usage: true }
        : undefined
      : stream_options,
    // `JSON.stringify` leaves out what is undefined.
    usage: undefined,
    max_tokens: undefined,
    max_completion_tokens: undefined,
    [upstream.maxTokensField]: maxTokens,
  });
}
