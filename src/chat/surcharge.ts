import { isObject } from "./vendor-usage.ts";

const isOneOf = (values: readonly string[]) => (value: unknown) =>
  typeof value === "string" && values.includes(value);
const isPlainTool = (tool: unknown): boolean =>
  typeof tool === "object" &&
  tool !== null &&
  "type" in tool &&
  isOneOf(["function", "custom"])(tool.type);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/**
 * Fields by which a caller could make a token cost the operator more than the model's price, or buy
 * something other than tokens, each with the values of it that are harmless: dearer tiers (OpenAI),
 * other models, routes, plugins and presets (OpenRouter), searches (OpenAI, xAI), tools that the
 * vendor runs, sound, predictions whose rejected tokens are billed beside those that are served.
 */
const HARMLESS_VALUES: Readonly<Record<string, (value: unknown) => boolean>> = {
  service_tier: isOneOf(["auto", "default", "flex"]),
  models: isAbsent,
  route: isAbsent,
  provider: isAbsent,
  plugins: isAbsent,
  preset: isAbsent,
  web_search_options: isAbsent,
  search_parameters: isAbsent,
  modalities: (value) => Array.isArray(value) && value.every(isOneOf(["text"])),
  audio: isAbsent,
  prediction: isAbsent,
  cache_control: isAbsent,
  tools: (value) => Array.isArray(value) && value.every(isPlainTool),
};

const FIELD_CHECKS = Object.entries(HARMLESS_VALUES);

/**
 * Parts that make a prompt dearer: sound, whose tokens cost many times those of text
 * (OpenAI); files, which are read by engines that cost extra (OpenRouter); writing to a cache, at
 * up to twice the price of input (Anthropic).
 */
const SURCHARGED_PARTS = ["input_audio", "file", "cache_control"];

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/**
 * Lists everything in a request that may be, or contain, one of these parts. Not what is deeper in
 * a tool: there it is only a name.
 */
function listParts({
  messages,
  tools,
}: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const parts = toList(messages).filter(isObject);
  // Grows while it is iterated: no recursion, as callers decide how deep it goes.
  for (const part of parts)
    for (const inner of toList(part["content"])) if (isObject(inner)) parts.push(inner);
  for (const tool of toList(tools))
    if (isObject(tool)) parts.push(tool, ...[tool["function"]].filter(isObject));
  return parts;
}

function findSurchargedPart(
  body: Readonly<Record<string, unknown>>,
  covered: readonly string[],
): string | null {
  const names = SURCHARGED_PARTS.filter((name) => !covered.includes(name));
  const parts = names.length === 0 ? [] : listParts(body);
  return (
    names.find((name) => parts.some((part) => part["type"] === name || !isAbsent(part[name]))) ??
    null
  );
}

/**
 * Finds the first field of a request, or part of its prompt, that the price of a token does not
 * cover. Null when there is none.
 * @param covered fields that the operator's prices do cover at this upstream
 */
export const findSurcharge = (
  body: Readonly<Record<string, unknown>>,
  covered: readonly string[],
): string | null =>
  FIELD_CHECKS.find(
    ([field, harmless]) =>
      !covered.includes(field) && !isAbsent(body[field]) && !harmless(body[field]),
  )?.[0] ?? findSurchargedPart(body, covered);
