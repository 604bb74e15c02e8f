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
import { asObject, asText, isObject, type Json, listObjects } from "../json-fields.ts";
import { toReplyError } from "./errors.ts";
import { joinUsage, toChatUsage } from "./usage.ts";

const FINISHES: Readonly<Record<string, Finish["finish_reason"]>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** Why a message ended; null in a message that has not. */
function toFinish({ stop_reason: reason, stop_sequence: stop }: Json): Finish {
  return {
    finish_reason: typeof reason === "string" ? (FINISHES[reason] ?? "stop") : null,
    ...(typeof stop === "string" ? { stop_reason: stop } : {}),
  };
}

/** A thought as OpenRouter has it: one entry for each block, in pieces. */
const thought = (index: number, more: Json): Json => ({
  reasoning_details: [{ type: "reasoning.text", index, ...more }],
});
const sealed = (index: number, data: unknown): Json => ({
  type: "reasoning.encrypted",
  index,
  data,
});

/** A tool call whose input comes. */
interface OpenCall {
  readonly index: number;
  /** The input that came with its beginning, where it comes whole. */
  readonly input: Json;
  hasInput: boolean;
}

/** Reads Anthropic's messages, whole and by the events of their streams. */
export class MessageReader implements DialectReader {
  readonly #chunks: ChunkWriter;
  readonly #head: ReplyHead;
  readonly #calls = new Map<unknown, OpenCall>();
  #usage: Json = {};

  constructor(head: ReplyHead) {
    this.#head = head;
    this.#chunks = new ChunkWriter(head);
  }

  get promptUsage(): Json | undefined {
    const { output_tokens: _, ...usage } = this.#usage;
    return Object.keys(usage).length === 0 ? undefined : toChatUsage(usage);
  }

  readEvent(event: Json): string {
    switch (event["type"]) {
      case "message_start":
        return this.#begin(asObject(event["message"]));
      case "content_block_start":
        return this.#beginBlock(event["index"], asObject(event["content_block"]));
      case "content_block_delta":
        return this.#addDelta(event["index"], asObject(event["delta"]));
      case "content_block_stop":
        return this.#endBlock(event["index"]);
      case "message_delta":
        return this.#end(event);
      case "message_stop":
        return DONE;
      case "error":
        return errorFrame(toReplyError(event));
      default:
        // A ping, or what is yet to come: a sign of life.
        return KEEP_ALIVE;
    }
  }

  #begin({ id, model, usage }: Json): string {
    this.#usage = joinUsage(this.#usage, usage);
    this.#chunks.name(nameOf(this.#head, id, model));
    return this.#chunks.delta({ role: "assistant", content: "" });
  }

  #beginBlock(at: unknown, block: Json): string {
    const index = typeof at === "number" ? at : 0;
    switch (block["type"]) {
      case "text":
        return this.#text(block["text"]);
      case "thinking":
        return asText(block["thinking"]) === "" ? "" : this.#think(index, block["thinking"]);
      case "redacted_thinking":
        return this.#chunks.delta({ reasoning_details: [sealed(index, block["data"])] });
      case "tool_use": {
        const call = { index: this.#calls.size, input: asObject(block["input"]), hasInput: false };
        this.#calls.set(at, call);
        const called = { name: block["name"], arguments: "" };
        return this.#chunks.delta(callPiece(call.index, called, asText(block["id"])));
      }
      default:
        return KEEP_ALIVE;
    }
  }

  #addDelta(at: unknown, delta: Json): string {
    const index = typeof at === "number" ? at : 0;
    switch (delta["type"]) {
      case "text_delta":
        return this.#text(delta["text"]);
      case "thinking_delta":
        return this.#think(index, delta["thinking"]);
      case "signature_delta":
        return this.#chunks.delta(thought(index, { signature: delta["signature"] }));
      case "input_json_delta":
        return this.#addInput(this.#calls.get(at), asText(delta["partial_json"]));
      default:
        return KEEP_ALIVE;
    }
  }

  #text(text: unknown): string {
    return asText(text) === "" ? "" : this.#chunks.delta({ content: text });
  }

  #think(index: number, text: unknown): string {
    return this.#chunks.delta({ reasoning_content: text, ...thought(index, { text }) });
  }

  #addInput(call: OpenCall | undefined, json: string): string {
    if (call === undefined || json === "") return "";
    call.hasInput = true;
    return this.#chunks.delta(callPiece(call.index, { arguments: json }));
  }

  #endBlock(at: unknown): string {
    const call = this.#calls.get(at);
    // A call that takes nothing has no delta.
    return call === undefined || call.hasInput
      ? ""
      : this.#addInput(call, JSON.stringify(call.input));
  }

  #end({ delta, usage }: Json): string {
    this.#usage = joinUsage(this.#usage, usage);
    const ended = asObject(delta);
    const explained = asText(asObject(ended["stop_details"])["explanation"]);
    const finish = toFinish(ended);
    return [
      explained === "" ? "" : this.#chunks.delta({ refusal: explained }),
      finish.finish_reason === null ? "" : this.#chunks.finish(finish),
      isObject(usage) ? this.#chunks.usage(toChatUsage(this.#usage)) : "",
    ].join("");
  }

  readWhole(message: Json): Json | null {
    if (message["type"] === "error") return { error: toReplyError(message) };
    if (!Array.isArray(message["content"])) return null;
    const { id, model, usage, stop_details: details } = message;
    const refusal = asText(asObject(details)["explanation"]);
    return toCompletion(
      { ...this.#head, ...nameOf(this.#head, id, model) },
      { ...readBlocks(listObjects(message["content"])), ...(refusal === "" ? {} : { refusal }) },
      toFinish(message),
      isObject(usage) ? toChatUsage(joinUsage({}, usage)) : undefined,
    );
  }
}

/** Returns the blocks of a whole message in the fields of a chat's. */
function readBlocks(blocks: readonly Json[]): Json {
  const of = (type: string) => blocks.filter((block) => block["type"] === type);
  const texts = of("text").map(({ text }) => asText(text));
  const thoughts = blocks.flatMap(({ type, thinking, signature, data }, index) => {
    if (type === "redacted_thinking") return [sealed(index, data)];
    if (type !== "thinking") return [];
    return [{ type: "reasoning.text", index, text: thinking, signature }];
  });
  const calls = of("tool_use").map(({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input ?? {}) },
  }));
  const reasoning = of("thinking").map(({ thinking }) => asText(thinking));
  return {
    content: texts.length === 0 ? null : texts.join(""),
    ...(reasoning.join("") === "" ? {} : { reasoning_content: reasoning.join("") }),
    ...(thoughts.length === 0 ? {} : { reasoning_details: thoughts }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
