import { type DialectRequest, NOT_SUPPORTED, refuseField } from "../dialect.ts";
import { isEmpty, isObject, type Json } from "../json-fields.ts";
import { toCallId, toContentBlocks, toSealedThoughts, toToolUses } from "./to-blocks.ts";

type Role = "user" | "assistant" | "system";

/** A message of Anthropic's. */
interface Message {
  readonly role: Role;
  readonly content: readonly Json[];
}

type Translated =
  | { readonly ok: true; readonly value: Message }
  | Extract<DialectRequest, { ok: false }>;

function toToolResult(message: Json, path: string): Translated {
  const content = toContentBlocks(message["content"], `${path}.content`);
  if (!content.ok) return content;
  const result = { type: "tool_result", tool_use_id: toCallId(message["tool_call_id"]) };
  const said = content.value.length === 0 ? {} : { content: content.value };
  return { ok: true, value: { role: "user", content: [{ ...result, ...said }] } };
}

function toAssistant(message: Json, path: string): Translated {
  if (!isEmpty(message["function_call"]))
    return refuseField(`${path}.function_call`, "isn't supported. Use tool_calls.");
  const content = toContentBlocks(message["content"], `${path}.content`);
  if (!content.ok) return content;
  const refusal = typeof message["refusal"] === "string" ? message["refusal"] : "";
  const refused = refusal === "" ? [] : [{ type: "text", text: refusal }];
  const calls = toToolUses(message, path);
  if (!calls.ok) return calls;
  return {
    ok: true,
    value: {
      role: "assistant",
      content: [...toSealedThoughts(message), ...content.value, ...refused, ...calls.value],
    },
  };
}

function toMessage(message: Json, path: string): Translated {
  switch (message["role"]) {
    case "tool":
      return toToolResult(message, path);
    case "assistant":
      return toAssistant(message, path);
    case "user":
    case "system":
    case "developer": {
      const content = toContentBlocks(message["content"], `${path}.content`);
      const role = message["role"] === "user" ? "user" : "system";
      return content.ok ? { ok: true, value: { role, content: content.value } } : content;
    }
    default:
      return refuseField(`${path}.role`, NOT_SUPPORTED);
  }
}

/**
 * Adds a message. Those of one role are one: the results of all calls of a turn have to be in one
 * message, before all else that it says.
 */
function addMessage(messages: Message[], { role, content }: Message): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role !== role || role === "system") messages.push({ role, content });
  else messages[messages.length - 1] = { role, content: [...last.content, ...content] };
}

/**
 * Translates the messages of a chat. What the system says before all else is the system prompt.
 * @returns `messages`, and `system` where there is one
 */
export function toMessages(list: unknown): DialectRequest {
  const system: Json[] = [];
  const messages: Message[] = [];
  for (const [at, each] of (Array.isArray(list) ? list : []).entries()) {
    const path = `messages.${at}`;
    if (!isObject(each)) return refuseField(path, "must be a message: {role, content}.");
    const translated = toMessage(each, path);
    if (!translated.ok) return translated;
    if (translated.value.role === "system" && messages.length === 0)
      system.push(...translated.value.content);
    else addMessage(messages, translated.value);
  }
  return { ok: true, value: { messages, ...(system.length === 0 ? {} : { system }) } };
}
