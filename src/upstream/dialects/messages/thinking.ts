import { asText, given, isCount, isObject, type Json } from "../json-fields.ts";

/**
 * Models that think within a budget of tokens and know no other way: Claude 3.7 to 4.5. Those since
 * then decide by themselves (`adaptive`), by an effort.
 * https://platform.claude.com/docs/en/build-with-claude/thinking
 */
const THINKS_BY_BUDGET =
  /claude-(?:\d|instant)|(?:opus|sonnet|haiku)-4(?:[-.][015])?(?![\d.]|-\d(?!\d))/i;

/** The least budget that Anthropic takes. */
const BUDGET_MIN = 1024;
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
/** Names of efforts that Anthropic has otherwise. */
const EFFORTS: Readonly<Record<string, string>> = { minimal: "low" };

const OFF: ReadonlySet<unknown> = new Set(["none", "off", "disabled"]);

/** A budget has to be below the cap, since thoughts count among the reply. */
function toBudget(tokens: number, maxTokens: number, more: Json = {}): Json {
  const budget = Math.min(tokens, maxTokens - 1);
  return budget < BUDGET_MIN
    ? {}
    : { thinking: { ...more, type: "enabled", budget_tokens: budget } };
}

/** Writes an effort as the model takes it. */
function toEffort(effort: string, model: string, maxTokens: number): Json {
  if (OFF.has(effort)) return { thinking: { type: "disabled" } };
  if (THINKS_BY_BUDGET.test(model)) return toBudget(BUDGETS[effort] ?? 8192, maxTokens);
  return {
    thinking: { type: "adaptive" },
    output_config: { effort: EFFORTS[effort] ?? effort },
  };
}

/**
 * Translates how much a model is to think: OpenAI's effort, OpenRouter's `reasoning`, or
 * Anthropic's own `thinking`.
 * @returns `thinking` and `output_config`, as far as they are asked for
 */
export function toThinking(body: Json, model: string, maxTokens: number): Json {
  const { reasoning_effort, reasoning, thinking } = body;
  if (isObject(thinking)) {
    const { type, budget_tokens: budget, ...more } = thinking;
    if (OFF.has(type)) return { thinking: { type: "disabled" } };
    if (isCount(budget)) return toBudget(budget, maxTokens, more);
    if (type === "adaptive" || type === "between_tools")
      return { ...toAdaptiveEffort(reasoning_effort), thinking };
    return toEffort(asText(reasoning_effort) || "medium", model, maxTokens);
  }
  if (isObject(reasoning)) {
    const { enabled, effort, max_tokens: budget } = reasoning;
    if (enabled === false) return { thinking: { type: "disabled" } };
    if (isCount(budget)) return toBudget(budget, maxTokens);
    if (typeof effort === "string" || enabled === true)
      return toEffort(asText(effort) || "medium", model, maxTokens);
  }
  const effort = asText(reasoning_effort);
  return effort === "" ? {} : toEffort(effort, model, maxTokens);
}

const toAdaptiveEffort = (effort: unknown): Json =>
  given(
    "output_config",
    typeof effort === "string" && effort !== "" ? { effort: EFFORTS[effort] ?? effort } : undefined,
  );
