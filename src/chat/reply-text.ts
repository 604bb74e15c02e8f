import { isObject } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Fields that hold names, what is around a reply, or sealed bytes that are no tokens: Gemini's and
 * Anthropic's signatures of thoughts, encrypted reasoning, the data of a picture or sound, the
 * source of a long number; and the chat's id, which Farebox puts beside the usage.
 */
const NON_TEXT_FIELDS = new Set(
  `
  role id type object model modelVersion responseId request_id item_id index created_at status
  provider system_fingerprint service_tier obfuscation x_groq native_finish_reason matched_stop
  finish_reason finishReason stop_reason stop_sequence stopReason done_reason
  usage usageMetadata usage_metadata token_usage logprobs
  annotations citations citationMetadata search_results groundingMetadata safetyRatings
  content_filter_results prompt_filter_results format error
  extra_content provider_specific_fields thought_signature thought_signatures thoughtSignature
  signature encrypted encrypted_content reasoning_encrypted reasoning_opaque
  data b64_json image_url images rawJSON generation_id
`
    .trim()
    .split(/\s+/),
);

/**
 * Fields of a message's reasoning. Vendors and proxies send the same under several of these names:
 * OpenRouter in `reasoning` and `reasoning_details`, vLLM in `reasoning` and `reasoning_content`,
 * LiteLLM in `reasoning_content` and `thinking_blocks`. The longest counts.
 */
const REASONING_FIELDS = [
  "reasoning",
  "reasoning_content",
  "reasoning_text",
  "reasoning_details",
  "thinking",
  "thinking_blocks",
];

/** Arguments that a model passes to a tool. All of it is the model's text, field names too. */
const ARGUMENT_FIELDS = new Set(["arguments", "input", "args"]);

const longest = (texts: readonly string[]): string =>
  texts.reduce((most, text) => (text.length > most.length ? text : most), "");

/**
 * Extracts every text of a model in a message or delta: content, reasoning, refusal, a tool call's
 * name and arguments. Of a reply in another shape than OpenAI's it finds the text as well.
 */
export function extractText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(extractText).join("");
  if (!isObject(value)) return "";
  const reasoning = longest(REASONING_FIELDS.map((name) => extractText(value[name])));
  const others = Object.entries(value).map(([name, inner]) => {
    if (NON_TEXT_FIELDS.has(name) || REASONING_FIELDS.includes(name)) return "";
    return ARGUMENT_FIELDS.has(name) && isObject(inner)
      ? JSON.stringify(inner)
      : extractText(inner);
  });
  return reasoning + others.join("");
}

/** Fields in which a reply, or a choice, may have its text, where it is not in the usual place. */
const TEXT_FIELDS = [
  "content",
  "text",
  "output_text",
  "output",
  "response",
  "completion",
  "generated_text",
  "result",
  "message",
  "delta",
  "candidates",
  "refusal",
  "tool_calls",
  "function_call",
  ...REASONING_FIELDS,
];

const pickText = (json: Json, isPicked: (name: string) => boolean): string =>
  extractText(Object.fromEntries(Object.entries(json).filter(([name]) => isPicked(name))));

const CHOICE_TEXTS = ["delta", "message", "text"];

/** Returns the text of a choice, in a stream or a whole reply, in whichever field it is. */
const readChoiceText = (choice: unknown): string =>
  isObject(choice)
    ? longest([
        ...CHOICE_TEXTS.map((name) => extractText(choice[name])),
        pickText(choice, (name) => TEXT_FIELDS.includes(name) && !CHOICE_TEXTS.includes(name)),
      ])
    : extractText(choice);

/**
 * Returns the text of a reply, or of a frame of one. One whose choices have none may be in another
 * vendor's shape (Anthropic, Gemini, Ollama, OpenAI's Responses): it is paid for as well.
 */
export function readReplyText(json: Json): string {
  const { choices } = json;
  if (!Array.isArray(choices)) return extractText(json);
  const text = choices.map(readChoiceText).join("");
  return text === "" ? pickText(json, (name) => TEXT_FIELDS.includes(name)) : text;
}
