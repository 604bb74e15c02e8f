import { findUntranslated, passFields } from "../chat-fields.ts";
import { type DialectRequest, NOT_SUPPORTED, type RequestTerms, refuseField } from "../dialect.ts";
import { asObject, asText, given, isEmpty, type Json } from "../json-fields.ts";
import { toThinking } from "./thinking.ts";
import { toMessages } from "./to-messages.ts";
import { toToolFields } from "./to-tools.ts";

/** The fields of a chat that the Messages API can express. */
const TRANSLATED: ReadonlySet<string> = new Set(
  `messages temperature top_p top_k stop tools tool_choice parallel_tool_calls reasoning
  reasoning_effort thinking response_format user safety_identifier cache_control prompt_cache_key
  service_tier`.split(/\s+/),
);

/** Anthropic's own tiers. */
const TIERS: ReadonlySet<unknown> = new Set(["auto", "standard_only"]);

/** Translates the form of a reply. */
function toFormat(format: unknown): DialectRequest {
  const { type, json_schema: named } = asObject(format);
  if (isEmpty(format) || type === "text") return { ok: true, value: {} };
  if (type !== "json_schema")
    return refuseField("response_format.type", "must be text or json_schema at this model.");
  const { schema } = asObject(named);
  return { ok: true, value: { format: { type: "json_schema", schema } } };
}

/**
 * Translates a chat request to one of Anthropic's Messages API
 * (https://platform.claude.com/docs/en/api/messages).
 * @param body a checked request without what asks for nothing
 * @returns the request, or the first field that the API cannot express
 */
export function toMessagesRequest(
  body: Json,
  { model, maxTokens, passed }: RequestTerms,
): DialectRequest {
  const other = findUntranslated(body, TRANSLATED, passed);
  if (other !== undefined) return refuseField(other, NOT_SUPPORTED);
  const { temperature, top_p, top_k, stop, stream, user, safety_identifier } = body;
  const { service_tier: tier, cache_control } = body;
  if (typeof temperature === "number" && temperature > 1)
    return refuseField("temperature", "must be at most 1 at this model.");
  if (!isEmpty(tier) && !TIERS.has(tier)) return refuseField("service_tier", NOT_SUPPORTED);
  const said = toMessages(body["messages"]);
  if (!said.ok) return said;
  const tools = toToolFields(body);
  if (!tools.ok) return tools;
  const format = toFormat(body["response_format"]);
  if (!format.ok) return format;
  const { output_config: output, ...thinking } = toThinking(body, model, maxTokens);
  const userId = asText(user) || asText(safety_identifier);
  const stops = typeof stop === "string" ? [stop] : stop;
  return {
    ok: true,
    value: {
      ...passFields(body, TRANSLATED, passed),
      model,
      max_tokens: maxTokens,
      ...said.value,
      ...tools.value,
      ...thinking,
      ...(isEmpty(output) && isEmpty(format.value)
        ? {}
        : { output_config: { ...asObject(output), ...format.value } }),
      ...given("temperature", temperature),
      ...given("top_p", top_p),
      ...given("top_k", top_k),
      ...(isEmpty(stops) ? {} : { stop_sequences: stops }),
      ...(userId === "" ? {} : { metadata: { user_id: userId } }),
      ...given("service_tier", tier),
      ...given("cache_control", cache_control),
      ...(stream === true ? { stream: true } : {}),
    },
  };
}
