import { cacheMark, toSystemMessage, translateMessage } from "./translate-message.ts";
import type { CountBody, MessagesBody, Tool } from "./wire.ts";

type Fields = Readonly<Record<string, unknown>>;

/** OpenAI's limit of `user`. Longer ids are left out: they change no reply. */
const USER_CHARACTERS_MAX = 64;

const isCustom = (tool: Tool): tool is Extract<Tool, { input_schema: unknown }> =>
  "input_schema" in tool;

/** Translates a tool. One of Anthropic's own stays as it is, for the operator to cover. */
function toTool(tool: Tool): Fields {
  if (!isCustom(tool)) return tool;
  const { name, description, input_schema: parameters, strict, input_examples: examples } = tool;
  const shown = (examples ?? []).map((example) => JSON.stringify(example));
  const texts = [description, ...(shown.length === 0 ? [] : ["Examples:", ...shown])];
  const text = texts.filter((each) => (each ?? "") !== "").join("\n");
  return {
    type: "function",
    function: {
      name,
      ...(text === "" ? {} : { description: text }),
      parameters,
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
    ...cacheMark(tool),
  };
}

/** Translates which tools a model may call. Without tools a vendor takes no choice of them. */
function toToolChoice({ tools, tool_choice: choice }: CountBody): Fields {
  if ((tools ?? []).length === 0 || choice === undefined || choice === null) return {};
  if (choice.type === "none") return { tool_choice: "none" };
  const parallel = choice.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {};
  switch (choice.type) {
    case "auto":
      return { tool_choice: "auto", ...parallel };
    case "any":
      return { tool_choice: "required", ...parallel };
    case "tool":
      return { tool_choice: { type: "function", function: { name: choice.name } }, ...parallel };
  }
}

/** The least budgets of thoughts (tokens) that are more than a low and a medium effort. */
const MEDIUM_BUDGET = 4096;
const HIGH_BUDGET = 16_384;

/**
 * Translates how much a model is to think to OpenAI's name for it, which most vendors know. Where
 * the model decides by itself nothing is said. An effort is no more than a wish: of a model that
 * does not think it is none.
 */
function toEffort({ thinking, output_config: output }: CountBody, thinks: boolean): Fields {
  if (thinking?.type === "disabled") return {};
  const effort = output?.effort ?? null;
  if (effort !== null && thinks)
    return { reasoning_effort: effort === "max" || effort === "xhigh" ? "high" : effort };
  if (thinking?.type !== "enabled") return {};
  const { budget_tokens: budget } = thinking;
  if (budget < MEDIUM_BUDGET) return { reasoning_effort: "low" };
  return { reasoning_effort: budget < HIGH_BUDGET ? "medium" : "high" };
}

function toResponseFormat({ output_config: output }: CountBody): Fields {
  const format = output?.format ?? null;
  if (format === null) return {};
  const { schema } = format;
  const named = { name: "output", schema, strict: true };
  return { response_format: { type: "json_schema", json_schema: named } };
}

/**
 * Translates what becomes the prompt.
 * @param thinks whether the catalog says that the model thinks
 */
export function translatePrompt(body: CountBody, thinks: boolean): Fields {
  const { model, system, messages, tools } = body;
  const isTold = (system ?? []).some(({ text }) => text !== "");
  return {
    model,
    messages: [
      ...(isTold ? [toSystemMessage(system ?? [])] : []),
      ...messages.flatMap(translateMessage),
    ],
    ...((tools ?? []).length === 0 ? {} : { tools: (tools ?? []).map(toTool) }),
    ...toToolChoice(body),
    ...toEffort(body, thinks),
    ...toResponseFormat(body),
    ...cacheMark(body),
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * Translates a request to the one of chat completions that asks for the same.
 * @param thinks whether the catalog says that the model thinks
 */
export function translateRequest(body: MessagesBody, thinks: boolean): Fields {
  const { max_tokens, temperature, top_p, top_k, stop_sequences: stops, metadata, stream } = body;
  const user = metadata?.user_id ?? "";
  const sampling = Object.entries({ temperature, top_p, top_k }).filter(([, each]) =>
    isGiven(each),
  );
  return {
    ...translatePrompt(body, thinks),
    max_tokens,
    ...Object.fromEntries(sampling),
    ...((stops ?? []).length === 0 ? {} : { stop: stops }),
    ...(user === "" || user.length > USER_CHARACTERS_MAX ? {} : { user }),
    stream: stream === true,
  };
}
