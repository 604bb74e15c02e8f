import type { RequestTerms } from "../dialect.ts";
import { asText, isObject, type Json } from "../json-fields.ts";

/** The fields of a client's own request that are sent as they came. */
const FIELDS = `input instructions tools tool_choice parallel_tool_calls text reasoning metadata
  stream temperature top_p top_logprobs user safety_identifier prompt_cache_key`.split(/\s+/);

const names = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** The fields of items that cost nothing beyond their tokens. Not ids: they name what is kept. */
const ITEM_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  message: names("type status role content phase"),
  function_call: names("type status call_id name arguments"),
  custom_tool_call: names("type status call_id name input"),
  function_call_output: names("type status call_id output"),
  custom_tool_call_output: names("type status call_id output"),
  reasoning: names("type status summary content encrypted_content"),
};
const PART_FIELDS = names(
  "type text refusal annotations logprobs image_url detail filename file_data",
);

/** The mark of thoughts that Farebox put together: they are another vendor's. */
const OWN_SEALS = "frbx1.";

const pick = (json: Json, fields: ReadonlySet<string>): Json =>
  Object.fromEntries(Object.entries(json).filter(([name]) => fields.has(name)));

const pickParts = (content: unknown): unknown =>
  Array.isArray(content)
    ? content.map((part: unknown) => (isObject(part) ? pick(part, PART_FIELDS) : part))
    : content;

function toItem(item: unknown): readonly unknown[] {
  if (!isObject(item)) return [];
  const type = asText(item["type"]) || "message";
  const sealed = asText(item["encrypted_content"]);
  // Thoughts that nobody sealed are kept by nobody either.
  if (type === "reasoning" && (sealed === "" || sealed.startsWith(OWN_SEALS))) return [];
  const picked = pick(item, ITEM_FIELDS[type] ?? names("type"));
  return [
    {
      ...picked,
      ...("content" in picked ? { content: pickParts(picked["content"]) } : {}),
      ...("output" in picked ? { output: pickParts(picked["output"]) } : {}),
    },
  ];
}

/**
 * Builds a client's own request to the Responses API as it is sent: with the vendor's name of the
 * model and the cap that is paid for, and nothing stored. Ids of items are left out, since nobody
 * keeps what they name, and so are their fields that are not known.
 * @param body a request whose fields were checked
 */
export function toNativeResponses(body: Json, { model, maxTokens, passed }: RequestTerms): Json {
  const { input, include } = body;
  const fields = passed.has("service_tier") ? [...FIELDS, "service_tier"] : FIELDS;
  const kept = Object.fromEntries(
    fields.flatMap((name) => ((body[name] ?? null) === null ? [] : [[name, body[name]]])),
  );
  const asked = Array.isArray(include) ? include.filter((each) => typeof each === "string") : [];
  return {
    ...kept,
    model,
    max_output_tokens: maxTokens,
    input: Array.isArray(input) ? input.flatMap(toItem) : input,
    store: false,
    include: [...new Set([...asked, "reasoning.encrypted_content"])],
  };
}
