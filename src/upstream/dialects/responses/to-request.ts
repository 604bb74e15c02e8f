import { findUntranslated, passFields } from "../chat-fields.ts";
import { type DialectRequest, NOT_SUPPORTED, type RequestTerms, refuseField } from "../dialect.ts";
import { asObject, given, isCount, isEmpty, type Json } from "../json-fields.ts";
import { toInput } from "./to-input.ts";
import { toToolFields } from "./to-tools.ts";

/** The fields of a chat that the Responses API can express. */
const TRANSLATED: ReadonlySet<string> = new Set(
  `messages temperature top_p tools tool_choice parallel_tool_calls reasoning reasoning_effort
  response_format verbosity user safety_identifier prompt_cache_key service_tier logprobs
  top_logprobs`.split(/\s+/),
);

/** The least cap that OpenAI takes here. */
const MAX_OUTPUT_TOKENS_MIN = 16;

/** Translates how much a model is to think. */
function toReasoning({ reasoning_effort, reasoning }: Json): Json {
  const { effort, summary, enabled } = asObject(reasoning);
  const told = reasoning_effort ?? effort ?? (enabled === false ? "none" : undefined);
  const asked = { ...given("effort", told), ...given("summary", summary) };
  return isEmpty(asked) ? {} : { reasoning: asked };
}

/** Translates the form of a reply. */
function toText({ response_format, verbosity }: Json): Json {
  const { type, json_schema } = asObject(response_format);
  const format = type === "json_schema" ? { type, ...asObject(json_schema) } : { type };
  const text = {
    ...(type === undefined || type === "text" ? {} : { format }),
    ...given("verbosity", verbosity),
  };
  return isEmpty(text) ? {} : { text };
}

/**
 * Translates a chat request to one of OpenAI's Responses API
 * (https://platform.openai.com/docs/api-reference/responses/create). Nothing is stored there, so
 * that encrypted thoughts come with the reply and go back with the next request.
 * @param body a checked request without what asks for nothing
 * @returns the request, or the first field that the API cannot express
 */
export function toResponsesRequest(
  body: Json,
  { model, maxTokens, passed }: RequestTerms,
): DialectRequest {
  const other = findUntranslated(body, TRANSLATED, passed);
  if (other !== undefined) return refuseField(other, NOT_SUPPORTED);
  for (const cap of ["max_tokens", "max_completion_tokens"]) {
    const tokens = body[cap];
    if (isCount(tokens) && tokens < MAX_OUTPUT_TOKENS_MIN)
      return refuseField(cap, `must be at least ${MAX_OUTPUT_TOKENS_MIN} at this model.`);
  }
  const input = toInput(body["messages"]);
  if (!input.ok) return input;
  const { temperature, top_p, user, safety_identifier, prompt_cache_key, service_tier } = body;
  const { logprobs, top_logprobs, stream } = body;
  return {
    ok: true,
    value: {
      ...passFields(body, TRANSLATED, passed),
      model,
      ...input.value,
      max_output_tokens: maxTokens,
      store: false,
      include: [
        "reasoning.encrypted_content",
        ...(logprobs === true ? ["message.output_text.logprobs"] : []),
      ],
      ...toToolFields(body),
      ...toReasoning(body),
      ...toText(body),
      ...given("temperature", temperature),
      ...given("top_p", top_p),
      ...given("user", user),
      ...given("safety_identifier", safety_identifier),
      ...given("prompt_cache_key", prompt_cache_key),
      ...given("service_tier", service_tier),
      ...(logprobs === true ? given("top_logprobs", top_logprobs) : {}),
      ...(stream === true ? { stream: true } : {}),
    },
  };
}
