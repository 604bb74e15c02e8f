import type { ReplyEvent } from "../../chat/index.ts";
import { UNSEALED } from "./sealed-thinking.ts";

/** A block as it begins: its texts come in deltas. */
export type BlockStart =
  | { readonly type: "text"; readonly text: ""; readonly citations: null }
  | { readonly type: "thinking"; readonly thinking: ""; readonly signature: "" }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, never>>;
      readonly caller: { readonly type: "direct" };
    };

type Delta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string };

/** The events of one block. `index` counts the blocks of a message from 0. */
export type BlockEvent =
  | {
      readonly type: "content_block_start";
      readonly index: number;
      readonly content_block: BlockStart;
    }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Delta }
  | { readonly type: "content_block_stop"; readonly index: number };

type ToolCallPiece = Extract<ReplyEvent, { kind: "tool_call" }>;
type Seal = Extract<ReplyEvent, { kind: "sealed_reasoning" }>;

/** A tool call, as far as it came. */
interface ToolCall {
  readonly id: string;
  name: string | null;
  input: string;
  /** Whether its block has begun. Blocks are whole one after the other. */
  hasBegun: boolean;
}

/** The block that is open: of which kind, or of which call. */
type Open = "text" | "thinking" | "redacted_thinking" | ToolCall;

/** Whether the input of a tool call is whole, so that its block may end. */
function isWhole({ input }: ToolCall): boolean {
  try {
    JSON.parse(input);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts the pieces of a reply into Anthropic's blocks, of which one is open at a time. Vendors may
 * send the pieces of several tool calls by turns: a call whose turn has not come waits.
 */
export class Blocks {
  readonly #callId: (index: number) => string;
  readonly #calls = new Map<number, ToolCall>();
  #events: BlockEvent[] = [];
  #nextIndex = 0;
  #open: Open | null = null;

  /** @param callId returns the id of a tool call that its vendor gave none */
  constructor(callId: (index: number) => string) {
    this.#callId = callId;
  }

  get hasToolCalls(): boolean {
    return this.#calls.size > 0;
  }

  addText(text: string): readonly BlockEvent[] {
    if (this.#open !== "text") this.#begin("text", { type: "text", text: "", citations: null });
    return this.#deltas({ type: "text_delta", text });
  }

  addThinking(thinking: string): readonly BlockEvent[] {
    this.#beginThinking();
    return this.#deltas({ type: "thinking_delta", thinking });
  }

  /** A signature ends the thoughts before it. */
  addSeal({ form, data }: Seal): readonly BlockEvent[] {
    if (form === "encrypted") {
      this.#begin("redacted_thinking", { type: "redacted_thinking", data });
      return this.#take();
    }
    this.#beginThinking();
    this.#delta({ type: "signature_delta", signature: data });
    this.#stop();
    return this.#take();
  }

  addToolCall({ index, id, name, input }: ToolCallPiece): readonly BlockEvent[] {
    const call = this.#calls.get(index) ?? {
      id: id ?? this.#callId(index),
      name: null,
      input: "",
      hasBegun: false,
    };
    this.#calls.set(index, call);
    call.name ??= name;
    call.input += input;
    if (this.#open === call) return this.#deltas({ type: "input_json_delta", partial_json: input });
    const isFree = typeof this.#open !== "object" || this.#open === null || isWhole(this.#open);
    if (isFree && !call.hasBegun && call.name !== null) this.#beginCall(call);
    return this.#take();
  }

  /** Ends the open block, and sends the calls that wait. */
  finish(): readonly BlockEvent[] {
    for (const call of this.#calls.values()) if (!call.hasBegun) this.#beginCall(call);
    this.#close();
    return this.#take();
  }

  #beginThinking(): void {
    if (this.#open !== "thinking")
      this.#begin("thinking", { type: "thinking", thinking: "", signature: "" });
  }

  #beginCall(call: ToolCall): void {
    call.hasBegun = true;
    const { id, name, input } = call;
    const caller = { type: "direct" } as const;
    this.#begin(call, { type: "tool_use", id, name: name ?? "", input: {}, caller });
    if (input !== "") this.#delta({ type: "input_json_delta", partial_json: input });
  }

  #begin(open: Open, block: BlockStart): void {
    this.#close();
    this.#open = open;
    this.#events.push({
      type: "content_block_start",
      index: this.#nextIndex,
      content_block: block,
    });
  }

  /** Ends the open block. Thoughts get a signature, without which no client sends them back. */
  #close(): void {
    if (this.#open === "thinking") this.#delta({ type: "signature_delta", signature: UNSEALED });
    this.#stop();
  }

  #stop(): void {
    if (this.#open === null) return;
    this.#open = null;
    this.#events.push({ type: "content_block_stop", index: this.#nextIndex++ });
  }

  #delta(delta: Delta): void {
    this.#events.push({ type: "content_block_delta", index: this.#nextIndex, delta });
  }

  #deltas(delta: Delta): readonly BlockEvent[] {
    this.#delta(delta);
    return this.#take();
  }

  #take(): readonly BlockEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
