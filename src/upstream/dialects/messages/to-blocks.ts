import { parseLossless } from "../../lossless-json.ts";
import { imageUrlOf, readDataUrl } from "../chat-fields.ts";
import { NOT_SUPPORTED, refuseField } from "../dialect.ts";
import { asObject, asText, given, isObject, type Json, listObjects } from "../json-fields.ts";

/** Blocks, or the part of a message that they cannot express. */
type Blocks =
  | { readonly ok: true; readonly value: readonly Json[] }
  | ReturnType<typeof refuseField>;

/** Anthropic's ids of tool calls have letters, digits, `_` and `-`. */
export const toCallId = (id: unknown): string => asText(id).replace(/[^\w-]/g, "_");

const cacheMark = ({ cache_control: mark }: Json): Json => given("cache_control", mark);

/** A block of text. Anthropic refuses an empty one. */
const toTextBlocks = (text: string, more: Json = {}): readonly Json[] =>
  text === "" ? [] : [{ type: "text", text, ...more }];

function toSource(url: string): Json {
  const inside = readDataUrl(url);
  return inside === null
    ? { type: "url", url }
    : { type: "base64", media_type: inside.mediaType, data: inside.data };
}

function toDocument(part: Json, path: string): Blocks {
  const { file_data: data, filename } = asObject(part["file"]);
  const inside = readDataUrl(asText(data));
  if (inside === null) return refuseField(`${path}.file.file_data`, "must be a data: URL.");
  const source = { type: "base64", media_type: inside.mediaType, data: inside.data };
  return {
    ok: true,
    value: [{ type: "document", source, ...given("title", filename), ...cacheMark(part) }],
  };
}

/** A thought within a part goes back where it is sealed. */
const toThoughtBlocks = ({ thinking, signature }: Json): readonly Json[] =>
  typeof thinking === "string" && asText(signature) !== ""
    ? [{ type: "thinking", thinking, signature }]
    : [];

function toPartBlocks(part: unknown, path: string): Blocks {
  if (typeof part === "string") return { ok: true, value: toTextBlocks(part) };
  const json = asObject(part);
  switch (json["type"]) {
    case "text":
    case "input_text":
      return { ok: true, value: toTextBlocks(asText(json["text"]), cacheMark(json)) };
    case "refusal":
      return { ok: true, value: toTextBlocks(asText(json["refusal"])) };
    case "image_url": {
      const source = toSource(imageUrlOf(json["image_url"]));
      return { ok: true, value: [{ type: "image", source, ...cacheMark(json) }] };
    }
    case "file":
      return toDocument(json, path);
    case "thinking":
      return { ok: true, value: toThoughtBlocks(json) };
    case "redacted_thinking":
      return { ok: true, value: [{ type: "redacted_thinking", data: json["data"] }] };
    case "input_audio":
    case "video_url":
      return refuseField(`${path}.type`, NOT_SUPPORTED);
    default:
      // One that the operator lets through.
      return { ok: true, value: [json] };
  }
}

/** Translates a message's content: a text, or parts. */
export function toContentBlocks(content: unknown, path: string): Blocks {
  if (typeof content === "string") return { ok: true, value: toTextBlocks(content) };
  const blocks: Json[] = [];
  for (const [at, part] of (Array.isArray(content) ? content : []).entries()) {
    const translated = toPartBlocks(part, `${path}.${at}`);
    if (!translated.ok) return translated;
    blocks.push(...translated.value);
  }
  return { ok: true, value: blocks };
}

/**
 * Translates the thoughts of a message that its vendor sealed, in OpenRouter's form or LiteLLM's.
 * Of a stream they come in pieces, of which the last has the signature. Others do not go back:
 * Anthropic refuses thoughts that it did not sign.
 */
export function toSealedThoughts({ reasoning_details, thinking_blocks }: Json): readonly Json[] {
  const blocks: Json[] = [];
  let pieces = "";
  for (const detail of listObjects(reasoning_details ?? thinking_blocks)) {
    const { data, signature } = detail;
    pieces += asText(detail["text"]) || asText(detail["thinking"]);
    if (asText(data) !== "") blocks.push({ type: "redacted_thinking", data });
    if (asText(signature) === "") continue;
    blocks.push({ type: "thinking", thinking: pieces, signature });
    pieces = "";
  }
  return blocks;
}

/** Reads the arguments of a call. What is no JSON object stays a text, within one. */
function readInput(json: string): Json {
  if (json.trim() === "") return {};
  try {
    const input = parseLossless(json);
    return isObject(input) ? input : { input };
  } catch {
    return { input: json };
  }
}

/** Translates the tool calls of a message. */
export function toToolUses(message: Json, path: string): Blocks {
  const blocks: Json[] = [];
  for (const [at, call] of listObjects(message["tool_calls"]).entries()) {
    if (isObject(call["custom"])) return refuseField(`${path}.tool_calls.${at}`, NOT_SUPPORTED);
    const { name, arguments: json } = asObject(call["function"]);
    const id = toCallId(call["id"]);
    blocks.push({ type: "tool_use", id, name, input: readInput(asText(json)) });
  }
  return { ok: true, value: blocks };
}
