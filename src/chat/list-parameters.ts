import { listUpstreams, type ModelPricing } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { type FieldSettings, findRefusedField } from "./check-fields.ts";

/**
 * The parameters that OpenRouter's clients look for, each with a value by which it is asked whether
 * it is passed on. https://openrouter.ai/docs/api-reference/list-available-models
 */
const PARAMETERS: Readonly<Record<string, unknown>> = {
  tools: [{ type: "function", function: { name: "any" } }],
  tool_choice: "auto",
  parallel_tool_calls: true,
  max_tokens: 1,
  max_completion_tokens: 1,
  temperature: 1,
  top_p: 1,
  top_k: 1,
  min_p: 1,
  top_a: 1,
  frequency_penalty: 1,
  presence_penalty: 1,
  repetition_penalty: 1,
  logit_bias: { 1: 1 },
  logprobs: true,
  top_logprobs: 1,
  seed: 1,
  stop: ["."],
  response_format: { type: "json_object" },
  structured_outputs: true,
  reasoning: { effort: "low" },
  reasoning_effort: "low",
  include_reasoning: true,
  verbosity: "low",
  web_search_options: {},
};

/** By the settings of an upstream, which do not change while a Worker runs. */
const passedBy = new WeakMap<FieldSettings, ReadonlySet<string>>();

function listPassed(settings: FieldSettings): ReadonlySet<string> {
  const known = passedBy.get(settings);
  if (known !== undefined) return known;
  const passed = Object.entries(PARAMETERS)
    .filter(([name, value]) => findRefusedField({ [name]: value }, settings) === null)
    .map(([name]) => name);
  const names = new Set(passed);
  passedBy.set(settings, names);
  return names;
}

/**
 * Lists the parameters that are passed on to at least one upstream of a model, by the rules that
 * requests are checked by. What the model makes of them is not known here. None for a model that
 * does not chat.
 */
export function listParameters(
  { UPSTREAMS }: Pick<Config, "UPSTREAMS">,
  model: Pick<ModelPricing, "kind" | "upstream" | "upstreamModel" | "upstreams">,
): string[] {
  if (model.kind !== "chat") return [];
  const passed = listUpstreams(model).flatMap(({ upstream }) => {
    const settings = Object.hasOwn(UPSTREAMS, upstream) ? UPSTREAMS[upstream] : undefined;
    return settings === undefined ? [] : [listPassed(settings)];
  });
  return Object.keys(PARAMETERS).filter((name) => passed.some((names) => names.has(name)));
}
