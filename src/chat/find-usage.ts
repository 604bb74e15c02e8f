import { hasCount, isCount, isObject } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The fields of a reply, or of a frame of one, that are usage: `usage` for nearly all,
 * `usageMetadata` for Gemini (`usage_metadata` in its older SDKs),
 * `amazon-bedrock-invocationMetrics` for Bedrock, `token_usage` for proxies.
 */
const USAGE_FIELDS = [
  "usage",
  "usageMetadata",
  "usage_metadata",
  "token_usage",
  "amazon-bedrock-invocationMetrics",
] as const;

/** The parts of a reply, or of a frame, that may have usage in them. */
const PARTS = ["x_groq", "message", "response", "result", "data"] as const;

/** Matches the space between the signs of JSON, which may be over several lines of data. */
export const GAP = "\\s*(?:data:\\s*)*";

/**
 * Matches the JSON of usage that is not null, though it may be over several lines of data, and
 * though it may be a list or a text.
 */
export const USAGE_PATTERN = new RegExp(
  `"(?:${[...USAGE_FIELDS, "eval_count"].join("|")})"${GAP}:${GAP}[^\\sdn]`,
);

const listChoices = ({ choices }: Json): readonly Json[] =>
  Array.isArray(choices) ? choices.filter(isObject) : [];

/** The fields of a reply itself in which Ollama counts. */
const OLLAMA_FIELD = /^(prompt_eval|eval|total|load)_(count|duration)$/;

const pickFields = (json: Json, isPicked: (name: string) => boolean): Json =>
  Object.fromEntries(Object.entries(json).filter(([name]) => isPicked(name)));

/**
 * Finds the usage in a reply or frame, wherever the vendor puts it: beside the choices, in Groq's
 * own part (`x_groq`), in a choice (Moonshot) or its message, in an event's message or response
 * (Anthropic, OpenAI's Responses), in an envelope's result (Cloudflare), or as fields of the reply
 * itself (Ollama). The first that counts something, else the first.
 */
export function findUsage(json: Json): Json | undefined {
  if (isCount(json["eval_count"])) return pickFields(json, (name) => OLLAMA_FIELD.test(name));
  let found: Json | undefined;
  const choices = listChoices(json).flatMap((choice) => [
    choice,
    choice["delta"],
    choice["message"],
  ]);
  for (const part of [json, ...PARTS.map((name) => json[name]), ...choices])
    for (const field of USAGE_FIELDS) {
      const usage = isObject(part) ? part[field] : undefined;
      if (!isObject(usage)) continue;
      if (hasCount(usage)) return usage;
      found ??= usage;
    }
  return found;
}

/**
 * Replaces every usage in a reply or frame.
 * @param replace null: the field is left out, also where it is null
 */
export function mapUsage(json: Json, replace: ((usage: Json) => object) | null): Json {
  const mapFields = (part: Json): Json => {
    const mapped: Record<string, unknown> = { ...part };
    for (const field of USAGE_FIELDS) {
      const usage = part[field];
      if (replace === null) delete mapped[field];
      else if (isObject(usage)) mapped[field] = replace(usage);
    }
    return mapped;
  };
  const mapParts = (part: Json, names: readonly string[]): Record<string, unknown> => {
    const mapped: Record<string, unknown> = { ...mapFields(part) };
    for (const name of names) {
      const inner = part[name];
      if (isObject(inner)) mapped[name] = mapFields(inner);
    }
    return mapped;
  };
  const mapped = mapParts(json, PARTS);
  const { choices } = json;
  if (isCount(json["eval_count"])) {
    for (const field of Object.keys(json)) if (OLLAMA_FIELD.test(field)) delete mapped[field];
    Object.assign(mapped, replace?.(pickFields(json, (name) => OLLAMA_FIELD.test(name))));
  }
  if (Array.isArray(choices))
    mapped["choices"] = choices.map((each: unknown) =>
      isObject(each) ? mapParts(each, ["delta", "message"]) : each,
    );
  return mapped;
}
