import type { ModelPricing } from "../catalog/index.ts";
import type { ChatRequest } from "./request.ts";
import { isObject } from "./vendor-usage.ts";

/** Values by which a request turns reasoning off. */
const OFF: ReadonlySet<unknown> = new Set([undefined, null, false, "", "none", "off", "disabled"]);

/** Whether a switch of reasoning is on: a level, a budget, or an object that says so. */
const isOn = (value: unknown): boolean =>
  isObject(value)
    ? !["type", "effort", "enabled"].some((field) => field in value && OFF.has(value[field]))
    : !OFF.has(value);

/**
 * Returns whether a model may think without its thoughts being in the reply: its catalog entry says
 * so, or the request asks for it, under OpenAI's, OpenRouter's, Anthropic's or Qwen's name.
 */
export function mayReason({ body }: ChatRequest, model: Pick<ModelPricing, "reasoning">): boolean {
  const { reasoning_effort, reasoning, thinking, enable_thinking } = body;
  return model.reasoning || [reasoning_effort, reasoning, thinking, enable_thinking].some(isOn);
}
