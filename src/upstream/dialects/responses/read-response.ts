import {
  ChunkWriter,
  callPiece,
  DONE,
  errorFrame,
  type Finish,
  KEEP_ALIVE,
  nameOf,
  type ReplyHead,
  toCompletion,
} from "../chat-reply.ts";
import type { DialectReader } from "../dialect.ts";
import { asObject, asText, type Json, listObjects } from "../json-fields.ts";
import { toReplyError } from "./errors.ts";
import { toChatUsage } from "./usage.ts";

const summary = (index: unknown, text: string): Json => ({
  reasoning_content: text,
  reasoning_details: [{ type: "reasoning.summary", index, summary: text }],
});
const encrypted = (index: unknown, data: unknown): Json => ({
  type: "reasoning.encrypted",
  index,
  data,
});

/** A call whose input comes. */
interface OpenCall {
  readonly index: number;
  readonly isCustom: boolean;
  hasInput: boolean;
}

/** Why a response ended. One with calls waits for their results. */
function toFinish({ status, incomplete_details: details }: Json, hasCalls: boolean): Finish {
  const { reason } = asObject(details);
  if (status === "incomplete" || typeof reason === "string")
    return { finish_reason: reason === "content_filter" ? "content_filter" : "length" };
  return { finish_reason: hasCalls ? "tool_calls" : "stop" };
}

const isCall = ({ type }: Json): boolean => type === "function_call" || type === "custom_tool_call";

/** Reads OpenAI's responses, whole and by the events of their streams. */
export class ResponseReader implements DialectReader {
  readonly promptUsage = undefined;
  readonly #head: ReplyHead;
  readonly #chunks: ChunkWriter;
  /** The calls, by the positions of their items. */
  readonly #calls = new Map<unknown, OpenCall>();

  constructor(head: ReplyHead) {
    this.#head = head;
    this.#chunks = new ChunkWriter(head);
  }

  readEvent(event: Json): string {
    const { type, delta, output_index: at } = event;
    switch (type) {
      case "response.created":
        return this.#begin(asObject(event["response"]));
      case "response.output_item.added":
        return this.#beginItem(at, asObject(event["item"]));
      case "response.output_text.delta":
        return this.#text(delta, event["logprobs"]);
      case "response.refusal.delta":
        return this.#chunks.delta({ refusal: asText(delta) });
      case "response.reasoning_text.delta":
      case "response.reasoning_summary_text.delta":
        return this.#chunks.delta(summary(at, asText(delta)));
      case "response.reasoning_summary_part.added":
        return event["summary_index"] === 0 ? "" : this.#chunks.delta(summary(at, "\n\n"));
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return this.#addInput(this.#calls.get(at), asText(delta));
      case "response.output_item.done":
        return this.#endItem(at, asObject(event["item"]));
      case "response.completed":
      case "response.incomplete":
        return this.#end(asObject(event["response"]));
      case "response.failed": {
        const { error, usage } = asObject(event["response"]);
        return this.#usage(usage) + errorFrame(toReplyError({ error }));
      }
      case "error":
        return errorFrame(toReplyError(event));
      default:
        // Progress, or what is yet to come: a sign of life.
        return KEEP_ALIVE;
    }
  }

  #begin({ id, model }: Json): string {
    this.#chunks.name(nameOf(this.#head, id, model));
    return this.#chunks.delta({ role: "assistant", content: "" });
  }

  #beginItem(at: unknown, item: Json): string {
    if (!isCall(item)) return KEEP_ALIVE;
    const isCustom = item["type"] === "custom_tool_call";
    const call = { index: this.#calls.size, isCustom, hasInput: false };
    this.#calls.set(at, call);
    const { name, call_id: id } = item;
    return this.#chunks.delta(
      isCustom
        ? { tool_calls: [{ index: call.index, id, type: "custom", custom: { name, input: "" } }] }
        : callPiece(call.index, { name, arguments: "" }, asText(id)),
    );
  }

  #text(delta: unknown, logprobs: unknown): string {
    const content = asText(delta);
    const more =
      Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs: { content: logprobs } } : {};
    return content === "" ? "" : this.#chunks.delta({ content }, more);
  }

  #addInput(call: OpenCall | undefined, input: string): string {
    if (call === undefined || input === "") return "";
    call.hasInput = true;
    return this.#chunks.delta(
      call.isCustom
        ? { tool_calls: [{ index: call.index, custom: { input } }] }
        : callPiece(call.index, { arguments: input }),
    );
  }

  /** Ends an item: encrypted thoughts are whole now, and so is input that came at once. */
  #endItem(at: unknown, item: Json): string {
    const call = this.#calls.get(at);
    if (call !== undefined && !call.hasInput)
      return this.#addInput(call, asText(item["arguments"]) || asText(item["input"]));
    const { type, encrypted_content: data } = item;
    return type === "reasoning" && asText(data) !== ""
      ? this.#chunks.delta({ reasoning_details: [encrypted(at, data)] })
      : "";
  }

  #usage(usage: unknown): string {
    const counted = toChatUsage(usage);
    return counted === undefined ? "" : this.#chunks.usage(counted);
  }

  #end(response: Json): string {
    const finish = toFinish(response, this.#calls.size > 0);
    return this.#chunks.finish(finish) + this.#usage(response["usage"]) + DONE;
  }

  readWhole(response: Json): Json | null {
    const { status, id, model, output, usage } = response;
    if (status === "failed") return { error: toReplyError(response) };
    if (!Array.isArray(output)) return null;
    const items = listObjects(output);
    return toCompletion(
      { ...this.#head, ...nameOf(this.#head, id, model) },
      readItems(items),
      toFinish(response, items.some(isCall)),
      toChatUsage(usage),
    );
  }
}

/** Returns the items of a whole response in the fields of a chat's message. */
function readItems(items: readonly Json[]): Json {
  const parts = items
    .filter(({ type }) => type === "message")
    .flatMap(({ content }) => listObjects(content));
  const textOf = (type: string, field: string): string =>
    parts
      .filter((part) => part["type"] === type)
      .map((part) => asText(part[field]))
      .join("");
  const thoughts = items.flatMap((item, at) =>
    item["type"] === "reasoning" ? [{ item, at }] : [],
  );
  const shown = thoughts.map(({ item, at }) => ({ at, text: readThought(item) }));
  const reasoning = shown.map(({ text }) => text).join("");
  const details = thoughts.flatMap(({ item: { encrypted_content: data } }, index) => {
    const { at, text } = shown[index] ?? { at: index, text: "" };
    return [
      ...(text === "" ? [] : [{ type: "reasoning.summary", index: at, summary: text }]),
      ...(asText(data) === "" ? [] : [encrypted(at, data)]),
    ];
  });
  const calls = items.filter(isCall).map(toCall);
  const content = textOf("output_text", "text");
  const refusal = textOf("refusal", "refusal");
  return {
    content: content === "" && (calls.length > 0 || refusal !== "") ? null : content,
    ...(refusal === "" ? {} : { refusal }),
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** What is shown of a thought: all of it, or a summary. */
function readThought({ content, summary: parts }: Json): string {
  const text = listObjects(content)
    .map((part) => asText(part["text"]))
    .join("");
  return (
    text ||
    listObjects(parts)
      .map((part) => asText(part["text"]))
      .join("\n\n")
  );
}

function toCall({ type, call_id: id, name, arguments: args, input }: Json): Json {
  return type === "custom_tool_call"
    ? { id, type: "custom", custom: { name, input: asText(input) } }
    : { id, type: "function", function: { name, arguments: asText(args) } };
}
