import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { describeIssue } from "../http/validate.ts";

/** Tokens that vendors add around messages, at most: role marks, reply primer. Each message's own JSON covers the rest. */
const OVERHEAD_TOKENS = 64;
/** What a vendor's own instructions for using tools take, at most (Anthropic documents up to 530). */
const TOOLS_OVERHEAD_TOKENS = 1024;

const tokenCount = z.int().min(1).nullish();

/** OpenAI's request: what decides about money is checked, everything else is passed through for the vendor to judge. */
const schema = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  max_tokens: tokenCount,
  max_completion_tokens: tokenCount,
  n: z.int().min(1).max(128).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  /** Farebox's own, as OpenRouter has it: ask for the cost in the stream. Not passed on. */
  usage: z.looseObject({ include: z.boolean().nullish() }).nullish(),
  tools: z.array(z.unknown()).nullish(),
  functions: z.array(z.unknown()).nullish(),
});
type Body = z.infer<typeof schema>;

/** A chat as it was asked for, and what it can cost at most. */
export interface ChatAsk {
  readonly body: Body;
  readonly model: string;
  readonly choices: number;
  /** The output cap that the client gave, for each choice; null when it gave none. */
  readonly maxTokens: number | null;
  readonly stream: boolean;
  /** Whether the client wants the stream's usage chunk, and whether with the cost in it. */
  readonly wantsUsage: boolean;
  readonly wantsCost: boolean;
  /** No prompt has more tokens than this. See `promptBound`. */
  readonly promptBoundTokens: number;
}

const TEXT_PARTS = new Set(["text", "refusal", "input_text"]);
const parts = z.object({ content: z.array(z.object({ type: z.string() })) });

/** Whether all of a prompt is text. What a picture or a sound comes to in tokens cannot be told from its bytes. */
const isAllText = (body: Body): boolean =>
  body.messages.every((message) => {
    const content = parts.safeParse(message);
    return !content.success || content.data.content.every((part) => TEXT_PARTS.has(part.type));
  });

/**
 * An upper bound of the prompt's tokens: tokenizers work on bytes and no token has less than one, so the request's own size
 * bounds it, whatever the tokenizer. Infinite where the prompt is not only text: then the model's context is the bound.
 */
function promptBound(body: Body, bytes: number): number {
  if (!isAllText(body)) return Number.POSITIVE_INFINITY;
  const tools = (body.tools?.length ?? 0) + (body.functions?.length ?? 0) > 0;
  return bytes + OVERHEAD_TOKENS + (tools ? TOOLS_OVERHEAD_TOKENS : 0);
}

/** Reads a chat completion request from its bytes. */
export function readChatAsk(bytes: Uint8Array): Result<ChatAsk> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return fail("invalid_request", "The body is not valid JSON.");
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { ok: false, failure: issue === undefined ? { code: "invalid_request", message: "Invalid." } : describeIssue(issue) };
  }
  const body = parsed.data;
  const caps = [body.max_tokens, body.max_completion_tokens].filter((cap) => typeof cap === "number");
  const wantsCost = body.usage?.include === true;
  return ok({
    body,
    model: body.model,
    choices: body.n ?? 1,
    maxTokens: caps.length === 0 ? null : Math.min(...caps),
    stream: body.stream === true,
    wantsUsage: wantsCost || body.stream_options?.include_usage === true,
    wantsCost,
    promptBoundTokens: promptBound(body, bytes.length),
  });
}

/** The request as the upstream gets it: its own name of the model, the cap that is paid for, and usage always asked for. */
export function upstreamBody(
  ask: ChatAsk,
  upstreamModel: string,
  maxTokens: number,
  maxTokensField: "max_tokens" | "max_completion_tokens",
): string {
  const { usage: _usage, max_tokens, max_completion_tokens, ...passed } = ask.body;
  // The client's own word for the cap, when it used just one.
  const field = max_completion_tokens != null ? "max_completion_tokens" : max_tokens != null ? "max_tokens" : maxTokensField;
  const options = ask.stream ? { stream_options: { ...ask.body.stream_options, include_usage: true } } : {};
  return JSON.stringify({ ...passed, model: upstreamModel, [field]: maxTokens, ...options });
}

/** All text of the prompt, for an estimate of its tokens when the upstream does not count them. */
export const promptText = (ask: ChatAsk): string => JSON.stringify(ask.body.messages);
