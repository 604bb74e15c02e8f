import { type DialectRequest, NOT_SUPPORTED, refuseField } from "../dialect.ts";
import { asObject, given, isEmpty, isObject, type Json } from "../json-fields.ts";

/** The schema of a tool that takes nothing. */
const NO_PARAMETERS = { type: "object", properties: {} };

function toTool({ function: called, cache_control: mark }: Json): Json {
  const { name, description, parameters, strict } = asObject(called);
  return {
    name,
    ...given("description", description),
    input_schema: isEmpty(parameters) ? NO_PARAMETERS : parameters,
    ...(typeof strict === "boolean" ? { strict } : {}),
    ...given("cache_control", mark),
  };
}

/** Translates which tools a model may call. Null where a chat's choice has no name there. */
function toToolChoice(choice: unknown): Json | null {
  if (choice === "auto" || choice === "none") return { type: choice };
  if (choice === "required" || choice === "any") return { type: "any" };
  const { name } = asObject(asObject(choice)["function"]);
  return typeof name === "string" ? { type: "tool", name } : null;
}

/**
 * Translates the tools of a chat, and the choice among them. Tools of the vendor's own that the
 * operator covers pass as they are.
 */
export function toToolFields(body: Json): DialectRequest {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = body;
  if (isEmpty(tools) || !Array.isArray(tools)) return { ok: true, value: {} };
  const translated: Json[] = [];
  for (const [at, tool] of tools.entries()) {
    if (!isObject(tool)) return refuseField(`tools.${at}`, "must be a tool: {type, function}.");
    if (tool["type"] === "custom") return refuseField(`tools.${at}.type`, NOT_SUPPORTED);
    translated.push(tool["type"] === "function" ? toTool(tool) : tool);
  }
  if (isEmpty(choice) && parallel !== false) return { ok: true, value: { tools: translated } };
  const chosen = isEmpty(choice) ? { type: "auto" } : toToolChoice(choice);
  if (chosen === null)
    return refuseField("tool_choice", "must be auto, none, required or a function at this model.");
  const isSingle = parallel === false && chosen["type"] !== "none";
  const tool_choice = isSingle ? { ...chosen, disable_parallel_tool_use: true } : chosen;
  return { ok: true, value: { tools: translated, tool_choice } };
}
