import { imageUrlOf } from "../chat-fields.ts";
import { type DialectRequest, NOT_SUPPORTED, refuseField } from "../dialect.ts";
import {
  asObject,
  asText,
  given,
  isEmpty,
  isObject,
  type Json,
  listObjects,
} from "../json-fields.ts";

type Refused = ReturnType<typeof refuseField>;
type Parts = { readonly ok: true; readonly value: string | readonly Json[] } | Refused;
type Items = { readonly ok: true; readonly value: readonly Json[] } | Refused;

function toPart(part: unknown, path: string): Json | Refused {
  if (typeof part === "string") return { type: "input_text", text: part };
  const json = asObject(part);
  switch (json["type"]) {
    case "text":
    case "input_text":
      return { type: "input_text", text: json["text"] };
    case "refusal":
      return { type: "input_text", text: json["refusal"] };
    case "image_url": {
      const { detail } = asObject(json["image_url"]);
      const url = imageUrlOf(json["image_url"]);
      return { type: "input_image", image_url: url, ...given("detail", detail ?? "auto") };
    }
    case "file": {
      const { filename, file_data: data } = asObject(json["file"]);
      return { type: "input_file", ...given("filename", filename), file_data: data };
    }
    case "thinking":
    case "redacted_thinking":
    case "input_audio":
    case "video_url":
      return refuseField(`${path}.type`, NOT_SUPPORTED);
    default:
      // One that the operator lets through.
      return json;
  }
}

const isRefused = (value: Json | Refused): value is Refused =>
  value["ok"] === false && "failure" in value;

function toParts(content: unknown, path: string): Parts {
  if (typeof content === "string") return { ok: true, value: content };
  const parts: Json[] = [];
  for (const [at, each] of (Array.isArray(content) ? content : []).entries()) {
    const part = toPart(each, `${path}.${at}`);
    if (isRefused(part)) return part;
    parts.push(part);
  }
  return { ok: true, value: parts };
}

/** Returns the text of what a model said: the API takes no other parts of it without an id. */
const toSaid = ({ content, refusal }: Json): string =>
  [
    ...(typeof content === "string" ? [content] : []),
    ...listObjects(content).map((part) => asText(part["text"]) || asText(part["refusal"])),
    asText(refusal),
  ].join("");

/**
 * Returns the thoughts that go back: those that their vendor encrypted. What was said of them does
 * not have to go back with them.
 */
const toReasoning = ({ reasoning_details: details }: Json): readonly Json[] =>
  listObjects(details)
    .filter(({ data }) => asText(data) !== "")
    .map(({ data }) => ({ type: "reasoning", summary: [], encrypted_content: data }));

function toCall(call: Json): Json {
  const { id: call_id, custom } = call;
  if (isObject(custom)) {
    const { name, input } = custom;
    return { type: "custom_tool_call", call_id, name, input: asText(input) };
  }
  const { name, arguments: json } = asObject(call["function"]);
  return { type: "function_call", call_id, name, arguments: asText(json) };
}

function toReply(message: Json, path: string): Items {
  if (!isEmpty(message["function_call"]))
    return refuseField(`${path}.function_call`, "isn't supported. Use tool_calls.");
  const said = toSaid(message);
  return {
    ok: true,
    value: [
      ...toReasoning(message),
      ...(said === "" ? [] : [{ role: "assistant", content: said }]),
      ...listObjects(message["tool_calls"]).map(toCall),
    ],
  };
}

function toItems(message: Json, path: string, customCalls: ReadonlySet<unknown>): Items {
  const { role } = message;
  if (role === "assistant") return toReply(message, path);
  const parts = toParts(message["content"], `${path}.content`);
  if (!parts.ok) return parts;
  switch (role) {
    case "tool": {
      const { tool_call_id: call_id } = message;
      const type = customCalls.has(call_id) ? "custom_tool_call_output" : "function_call_output";
      return { ok: true, value: [{ type, call_id, output: parts.value }] };
    }
    case "user":
    case "system":
    case "developer":
      return { ok: true, value: [{ role, content: parts.value }] };
    default:
      return refuseField(`${path}.role`, NOT_SUPPORTED);
  }
}

/** Translates the messages of a chat to the items of an input. */
export function toInput(list: unknown): DialectRequest {
  const messages = Array.isArray(list) ? list : [];
  const calls = listObjects(messages).flatMap(({ tool_calls }) => listObjects(tool_calls));
  const customCalls = new Set(calls.filter(({ custom }) => isObject(custom)).map(({ id }) => id));
  const input: Json[] = [];
  for (const [at, each] of messages.entries()) {
    const path = `messages.${at}`;
    if (!isObject(each)) return refuseField(path, "must be a message: {role, content}.");
    const items = toItems(each, path, customCalls);
    if (!items.ok) return items;
    input.push(...items.value);
  }
  return { ok: true, value: { input } };
}
