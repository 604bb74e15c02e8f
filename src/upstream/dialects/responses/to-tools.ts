import { asObject, given, isEmpty, isObject, type Json, listObjects } from "../json-fields.ts";

/** A grammar has no object of its own here. */
function toFormat(format: unknown): unknown {
  const { type, grammar } = asObject(format);
  return type === "grammar" && isObject(grammar) ? { type, ...grammar } : format;
}

function toTool(tool: unknown): unknown {
  if (!isObject(tool)) return tool;
  const { type } = tool;
  if (type === "function") {
    const { name, description, parameters, strict } = asObject(tool["function"]);
    return {
      type,
      name,
      ...given("description", description),
      parameters: parameters ?? null,
      // Strict is the default here, and not in chats.
      strict: strict === true,
    };
  }
  if (type !== "custom") return tool;
  const { name, description, format } = asObject(tool["custom"]);
  return {
    type,
    name,
    ...given("description", description),
    ...given("format", toFormat(format)),
  };
}

function toToolChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const { type } = choice;
  if (type === "allowed_tools") {
    const { mode, tools } = asObject(choice["allowed_tools"]);
    return { type, mode, tools: listObjects(tools).map(toToolChoice) };
  }
  const { name } = asObject(choice[String(type)]);
  return name === undefined ? choice : { type, name };
}

/** Translates the tools of a chat, and the choice among them. Others pass as they are. */
export function toToolFields({ tools, tool_choice: choice, parallel_tool_calls }: Json): Json {
  if (isEmpty(tools) || !Array.isArray(tools)) return {};
  return {
    tools: tools.map(toTool),
    ...(isEmpty(choice) ? {} : { tool_choice: toToolChoice(choice) }),
    ...(typeof parallel_tool_calls === "boolean" ? { parallel_tool_calls } : {}),
  };
}
