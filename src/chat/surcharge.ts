const isAmong = (values: readonly string[]) => (value: unknown) => typeof value === "string" && values.includes(value);
const isPlainTool = (tool: unknown): boolean =>
  typeof tool === "object" && tool !== null && "type" in tool && isAmong(["function", "custom"])(tool.type);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/**
 * Fields by which a caller could make a token cost the operator more than the model's price, or buy what is no token, and what of
 * each is harmless: dearer tiers (OpenAI), other models, routes, plugins and presets (OpenRouter), searches (OpenAI, xAI), tools that the vendor runs, sound,
 * predictions whose rejected tokens are billed beside those that are served.
 */
const HARMLESS: Readonly<Record<string, (value: unknown) => boolean>> = {
  service_tier: isAmong(["auto", "default", "flex"]),
  models: isAbsent,
  route: isAbsent,
  provider: isAbsent,
  plugins: isAbsent,
  preset: isAbsent,
  web_search_options: isAbsent,
  search_parameters: isAbsent,
  modalities: (value) => Array.isArray(value) && value.every(isAmong(["text"])),
  audio: isAbsent,
  prediction: isAbsent,
  tools: (value) => Array.isArray(value) && value.every(isPlainTool),
};

const CHECKS = Object.entries(HARMLESS);

/**
 * The first field of a request that the price of a token does not cover, or null.
 * @param covered fields that the operator's prices do cover at this upstream
 */
export const surchargeIn = (body: Readonly<Record<string, unknown>>, covered: readonly string[]): string | null =>
  CHECKS.find(([field, harmless]) => !covered.includes(field) && !isAbsent(body[field]) && !harmless(body[field]))?.[0] ?? null;
