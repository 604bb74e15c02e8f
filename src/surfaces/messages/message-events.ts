import type { FinishReason, ReplyEvent } from "../../chat/index.ts";
import { type BlockEvent, Blocks } from "./blocks.ts";
import { errorEvent } from "./error-shape.ts";
import { showUsage } from "./usage.ts";

export type StopReason = "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";

/** What names a message: its id, and the model's name as the client asked for it. */
export interface MessageHead {
  readonly id: string;
  readonly model: string;
}

const STOP_REASONS: Readonly<Record<FinishReason, StopReason>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
};

/** The message at its beginning, when nothing is counted yet. */
export const emptyMessage = ({ id, model }: MessageHead) => ({
  id,
  type: "message" as const,
  role: "assistant" as const,
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
  usage: {
    ...showUsage(null, 0),
    cache_creation: null,
    inference_geo: null,
    service_tier: "standard" as const,
    speed: null,
  },
});

/** The events of a message, as Anthropic streams them. */
export type MessageEvent =
  | BlockEvent
  | { readonly type: "message_start"; readonly message: ReturnType<typeof emptyMessage> }
  | {
      readonly type: "message_delta";
      readonly delta: {
        readonly stop_reason: StopReason;
        readonly stop_sequence: string | null;
        readonly stop_details: {
          readonly type: "refusal";
          readonly category: null;
          readonly explanation: string | null;
        } | null;
      };
      readonly usage: ReturnType<typeof showUsage>;
    }
  | { readonly type: "message_stop" }
  | ReturnType<typeof errorEvent>;

/** Translates the events of a reply to those of a message. */
export class MessageEvents {
  readonly #blocks: Blocks;
  readonly #stops: readonly string[];
  #finish: FinishReason | null = null;
  /** The stop sequence that ended the reply, where its vendor told. */
  #stopSequence: string | null = null;
  #refusal = "";
  #hasFailed = false;

  /**
   * @param id the message's, from which tool calls without one get theirs
   * @param stops the stop sequences that were asked for
   */
  constructor(id: string, stops: readonly string[]) {
    this.#stops = stops;
    this.#blocks = new Blocks((index) => id.replace(/^msg/, "toolu") + `_${index}`);
  }

  /** @returns the events that a piece of the reply becomes */
  add(event: ReplyEvent): readonly MessageEvent[] {
    // A reply that failed says no more; it is read on for its count.
    if (this.#hasFailed) return [];
    switch (event.kind) {
      case "text":
        return this.#blocks.addText(event.text);
      case "refusal":
        this.#refusal += event.text;
        return this.#blocks.addText(event.text);
      case "reasoning":
        return this.#blocks.addThinking(event.text);
      case "sealed_reasoning":
        return this.#blocks.addSeal(event);
      case "tool_call":
        return this.#blocks.addToolCall(event);
      case "finish":
        this.#finish = event.reason;
        this.#stopSequence = this.#stops.find((stop) => stop === event.stopSequence) ?? null;
        return [];
      case "logprobs":
        return [];
      case "error":
        this.#hasFailed = true;
        return [errorEvent(event)];
      case "end":
        return this.#end(event);
    }
  }

  #end({ usage, cost }: Extract<ReplyEvent, { kind: "end" }>): readonly MessageEvent[] {
    const reason = this.#stopReason;
    const stop_sequence = reason === "stop_sequence" ? this.#stopSequence : null;
    const delta = { stop_reason: reason, stop_sequence, stop_details: null };
    const explanation = this.#refusal === "" ? null : this.#refusal;
    const details = { type: "refusal", category: null, explanation } as const;
    return [
      ...this.#blocks.finish(),
      {
        type: "message_delta",
        delta: reason === "refusal" ? { ...delta, stop_details: details } : delta,
        usage: showUsage(usage, cost),
      },
      { type: "message_stop" },
    ];
  }

  /** Some vendors end a reply with tool calls by `stop`. */
  get #stopReason(): StopReason {
    if (this.#refusal !== "") return "refusal";
    if (this.#finish === "length" || this.#finish === "content_filter")
      return STOP_REASONS[this.#finish];
    if (this.#blocks.hasToolCalls) return "tool_use";
    return this.#stopSequence === null ? STOP_REASONS[this.#finish ?? "stop"] : "stop_sequence";
  }
}
