import { z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import { parseAt, refuseField } from "../core/parse-at.ts";
import { toChatContent } from "./content-parts.ts";
import { joinName } from "./namespaces.ts";
import { toReasoningFields } from "./sealed-reasoning.ts";
import type { TranscriptBuilder } from "./transcript-builder.ts";

const item = z.looseObject({
  type: z.string().nullish(),
  role: z.string().nullish(),
  id: z.string().nullish(),
});
const content = z.union([z.string(), z.array(z.unknown())], {
  error: "must be a string or a list",
});
const message = z.looseObject({
  role: z.enum(["user", "assistant", "system", "developer"]),
  content,
});
const callId = z.string().min(1);
const toolCall = z.looseObject({
  call_id: callId,
  name: z.string(),
  namespace: z.string().nullish(),
});
const functionCall = toolCall.extend({ arguments: z.string() });
const customToolCall = toolCall.extend({ input: z.string() });
const callOutput = z.looseObject({ call_id: callId, output: content });
const texts = z.array(z.looseObject({ text: z.string() })).nullish();
const reasoning = z.looseObject({
  summary: texts,
  content: texts,
  encrypted_content: z.string().nullish(),
});

type Added = Result<undefined>;
const ADDED: Added = ok(undefined);

function addMessage(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(message, value, place);
  if (!parsed.ok) return parsed;
  const { role, content: said } = parsed.value;
  const parts = toChatContent(said, `${place}.content`);
  if (!parts.ok) return parts;
  if (role === "assistant") chat.addReply(parts.value, place);
  else chat.addMessage(role === "user" ? "user" : "system", parts.value, place);
  return ADDED;
}

function addFunctionCall(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(functionCall, value, place);
  if (!parsed.ok) return parsed;
  const { call_id: id, namespace, arguments: args } = parsed.value;
  const name = joinName(namespace, parsed.value.name);
  chat.addToolCall({ id, type: "function", function: { name, arguments: args } }, place);
  return ADDED;
}

function addCustomToolCall(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(customToolCall, value, place);
  if (!parsed.ok) return parsed;
  const { call_id: id, namespace, input } = parsed.value;
  const name = joinName(namespace, parsed.value.name);
  chat.addToolCall({ id, type: "custom", custom: { name, input } }, place);
  return ADDED;
}

function addCallOutput(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(callOutput, value, place);
  if (!parsed.ok) return parsed;
  const parts = toChatContent(parsed.value.output, `${place}.output`);
  if (!parts.ok) return parts;
  chat.addToolResult(parsed.value.call_id, parts.value, place);
  return ADDED;
}

function addReasoning(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(reasoning, value, place);
  if (!parsed.ok) return parsed;
  const { summary, content: thoughts, encrypted_content: sealed } = parsed.value;
  const shown = (thoughts?.length ?? 0) > 0 ? thoughts : summary;
  const text = (shown ?? []).map((each) => each.text).join("\n");
  const fields = toReasoningFields(text, sealed ?? null);
  // A reference to thoughts that nobody kept has nothing in it.
  if (Object.keys(fields).length > 0) chat.addReasoning(fields, place);
  return ADDED;
}

const refuseReference = (place: string) =>
  fail(
    "invalid_request",
    `${place}: items aren't stored here, so item_reference isn't supported. Send the item ` +
      "itself. Clients do so with store: false (in the AI SDK: providerOptions.openai.store).",
    { param: place },
  );

/** Adds an item of the input to the messages of a chat. */
export function addItem(chat: TranscriptBuilder, value: unknown, place: string): Added {
  const parsed = parseAt(item, value, place);
  if (!parsed.ok) return parsed;
  const { type, role, id } = parsed.value;
  switch (
    type ??
    (typeof role !== "string" && typeof id === "string" ? "item_reference" : "message")
  ) {
    case "message":
      return addMessage(chat, value, place);
    case "function_call":
      return addFunctionCall(chat, value, place);
    case "custom_tool_call":
      return addCustomToolCall(chat, value, place);
    case "function_call_output":
    case "custom_tool_call_output":
      return addCallOutput(chat, value, place);
    case "reasoning":
      return addReasoning(chat, value, place);
    case "item_reference":
      return refuseReference(place);
    default:
      return refuseField(
        `${place}.type`,
        `"${String(type).slice(0, 100)}" isn't supported: use message, function_call, ` +
          "function_call_output, custom_tool_call, custom_tool_call_output or reasoning.",
      );
  }
}
