import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { describeIssue } from "../http/validate.ts";
import { type NativeRequest, parseLossless, type Upstream } from "../upstream/index.ts";
import { withoutEmptyFields } from "./check-fields.ts";
import { buildDialectBody } from "./dialect-request.ts";
import { withJoinedTexts } from "./join-texts.ts";
import { isTooDeep } from "./nesting.ts";
import { NO_PAYLOADS, type Payloads, setPayloadsAside } from "./payloads.ts";
import { boundPrompt, type PromptBound } from "./prompt.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

const tokenCount = z.int().min(1).nullish();

/**
 * OpenAI's request. The fields that decide about money are checked here; which others are passed on
 * for the vendor to judge is decided in check-fields.ts, by the settings of the upstream.
 */
export const chatBody = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  max_tokens: tokenCount,
  max_completion_tokens: tokenCount,
  n: z.int().min(1).max(128).nullish(),
  /**
   * Farebox's own, as OpenRouter has it: models that are asked in this order where the one before
   * fails. Not passed on.
   */
  models: z.array(z.string().min(1).max(200)).max(10).nullish(),
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
  /** The names of models that are asked where it fails, in their order. */
  readonly fallbacks: readonly string[];
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
  /** Fields that are left out, and not refused, where the vendor's price does not cover them. */
  readonly hints: readonly string[];
  /** The client's own request, where it came in another dialect. */
  readonly native: NativeRequest | null;
  readonly promptBound: PromptBound;
  /** The pictures, which the body only refers to. */
  readonly payloads: Payloads;
}

/** @param bytes the size of the body as JSON, with its payloads */
function toChatRequest(
  { models, ...body }: ChatBody,
  bytes: number,
  payloads: Payloads,
  hints: readonly string[] = [],
  native: NativeRequest | null = null,
): ChatRequest {
  const caps = [body.max_tokens, body.max_completion_tokens].filter(
    (cap) => typeof cap === "number",
  );
  const wantsCost = body.usage?.include === true;
  return {
    body,
    model: body.model,
    fallbacks: [...new Set(models)].filter((name) => name !== body.model),
    choices: body.n ?? 1,
    maxTokens: caps.length === 0 ? null : Math.min(...caps),
    stream: body.stream === true,
    asksForUsage: body.stream === true,
    wantsUsage: wantsCost || body.stream_options?.include_usage === true,
    wantsCost,
    hints,
    native,
    promptBound: boundPrompt(body, bytes, payloads),
    payloads,
  };
}

/**
 * The most that a request may have beside its pictures: more text than any model's context, and as
 * much as is parsed in memory that all chats of an isolate share.
 */
const TEXT_BYTES_MAX = 8_388_608;

/** The JSON of a request. Its payloads refer to the bytes that it was read from. */
export interface RequestJson {
  readonly json: unknown;
  readonly payloads: Payloads;
}

/**
 * Parses a request's JSON, and sets its pictures aside.
 * @param takesBare whether pictures may be base64 without the head of a `data:` URL
 * @returns `invalid_request` or `body_too_large`
 */
export function parseJson(bytes: Uint8Array, takesBare = false): Result<RequestJson> {
  const { json: text, payloads } = setPayloadsAside(bytes, takesBare);
  if (text.length > TEXT_BYTES_MAX)
    return fail("body_too_large", "The body is larger than 8 MiB, not counting images.");
  let json: unknown;
  try {
    json = parseLossless(utf8.decode(text));
  } catch {
    return fail("invalid_request", "The body isn't valid JSON.");
  }
  if (isTooDeep(text))
    return fail("invalid_request", "The body is nested too deeply. Use at most 100 levels.");
  return ok({ json, payloads });
}

function checkBody(
  { json, payloads }: RequestJson,
  bytes: number,
  hints: readonly string[] = [],
  native: NativeRequest | null = null,
): Result<ChatRequest> {
  const parsed = chatBody.safeParse(json);
  if (parsed.success) return ok(toChatRequest(parsed.data, bytes, payloads, hints, native));
  const [issue] = parsed.error.issues;
  return issue === undefined
    ? fail("invalid_request", "Invalid.")
    : { ok: false, failure: describeIssue(issue) };
}

/** Parses a chat completion request from its bytes. Its payloads refer to them. */
export function parseChatRequest(bytes: Uint8Array): Result<ChatRequest> {
  const parsed = parseJson(bytes);
  return parsed.ok ? checkBody(parsed.value, bytes.length) : parsed;
}

/**
 * Builds the chat request of another surface from what its request was translated to. It always
 * asks for the usage and its cost. Its prompt is bounded by the longer of both requests.
 * @param translated with the payloads of the surface's own request
 * @param bytes the size of the surface's own request
 * @param hints fields that are left out, and not refused, where they are not covered
 * @param native the surface's own request, checked, for an upstream that speaks its dialect
 */
export function buildChatRequest(
  { json, payloads }: { readonly json: object; readonly payloads: Payloads },
  bytes: number,
  hints: readonly string[] = [],
  native: NativeRequest | null = null,
): Result<ChatRequest> {
  const body = { ...json, usage: { include: true } };
  const text = JSON.stringify(body);
  const translatedBytes = new TextEncoder().encode(text).length + payloads.sizeIn(text);
  return checkBody({ json: body, payloads }, Math.max(bytes, translatedBytes), hints, native);
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
  const bytes = new TextEncoder().encode(JSON.stringify(body)).length;
  return toChatRequest(body, bytes, NO_PAYLOADS);
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
  upstream: Pick<
    Upstream,
    "dialect" | "maxTokensField" | "streamOptions" | "coveredFields" | "passFields"
  >,
): string | Uint8Array<ArrayBuffer> {
  if (upstream.dialect !== "chat") {
    const terms = { model: upstreamModel, maxTokens };
    return request.payloads.restore(buildDialectBody(request, upstream, terms));
  }
  const { stream_options } = request.body;
  const body = withoutEmptyFields(request.body, upstream);
  const json = JSON.stringify({
    ...(request.hints.length === 0 ? body : withJoinedTexts(body)),
    model: upstreamModel,
    stream_options: request.stream
      ? request.asksForUsage && upstream.streamOptions
        ? { ...stream_options, include_usage: true }
        : undefined
      : (stream_options ?? undefined),
    // `JSON.stringify` leaves out what is undefined.
    usage: undefined,
    max_tokens: undefined,
    max_completion_tokens: undefined,
    [upstream.maxTokensField]: maxTokens,
  });
  return request.payloads.restore(json);
}
