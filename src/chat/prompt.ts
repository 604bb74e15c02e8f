import { estimateTokenCount } from "tokenx";

/**
 * The parts of a request that become its prompt, as they came: only that there is an array of
 * messages was checked.
 */
export interface PromptFields {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly unknown[] | null | undefined;
  readonly functions?: readonly unknown[] | null | undefined;
}

/**
 * The most tokens that vendors add around messages: role marks, reply primer. Each message's own
 * JSON covers the rest.
 */
const OVERHEAD_TOKENS = 64;
/**
 * The most tokens of a vendor's own instructions for using tools (Anthropic documents up to 530).
 */
const TOOLS_OVERHEAD_TOKENS = 1024;
/** The estimate of a picture or a sound: a large picture at OpenAI or Anthropic. */
const MEDIUM_TOKENS = 1500;

const TEXT_PARTS: ReadonlySet<unknown> = new Set(["text", "refusal", "input_text"]);
/**
 * Fields of a message that hold texts and nothing else, however deep. Others may refer to content
 * outside of the request.
 */
const TEXT_FIELDS = new Set([
  "tool_calls",
  "function_call",
  "reasoning_details",
  "annotations",
  "cache_control",
]);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Returns whether a part of a message's content is text. A part without a type may be anything. */
const isTextPart = (part: unknown): boolean =>
  typeof part === "string" || (isObject(part) && "type" in part && TEXT_PARTS.has(part.type));

/**
 * Lists the parts of a message that are not text: in its content, and in fields that only some
 * vendors know.
 */
function listMedia(message: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(message).flatMap(([field, value]) => {
    if (field === "content" && Array.isArray(value))
      return value.filter((part) => !isTextPart(part));
    return isObject(value) && !TEXT_FIELDS.has(field) ? [value] : [];
  });
}

/**
 * Returns an upper bound of the prompt's tokens: tokenizers work on bytes and no token has less
 * than one, so the request's own size bounds it, whatever the tokenizer. Infinite where the prompt
 * is not only text: then the model's context is the bound.
 * @param bytes the size of the whole request
 */
export function promptBoundTokens(body: PromptFields, bytes: number): number {
  if (body.messages.some((message) => listMedia(message).length > 0))
    return Number.POSITIVE_INFINITY;
  const tools = (body.tools?.length ?? 0) + (body.functions?.length ?? 0) > 0;
  return bytes + OVERHEAD_TOKENS + (tools ? TOOLS_OVERHEAD_TOKENS : 0);
}

/**
 * Estimates the prompt's tokens, for when the upstream does not count them: from the whole request,
 * tools and all.
 */
export function estimatePromptTokens(body: PromptFields): number {
  const media = new Set(body.messages.flatMap(listMedia));
  const text = JSON.stringify(body, (_field, value: unknown) =>
    media.has(value) ? undefined : value,
  );
  return estimateTokenCount(text) + media.size * MEDIUM_TOKENS;
}
