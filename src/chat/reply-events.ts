import type { RelayEnding } from "../account/index.ts";

/**
 * Why a model ended its reply, in OpenAI's words. What a vendor calls otherwise is `stop`.
 * https://platform.openai.com/docs/api-reference/chat/object
 */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

/** The tokens of a reply, as they are charged. */
export interface ReplyUsage {
  /** All of the prompt, what a cache held among it. */
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWriteInput: number;
  /** All of the reply, reasoning among it. */
  readonly output: number;
  readonly reasoning: number;
}

/**
 * A piece of a reply, as every surface reads it: whole replies and streams alike. `choice` counts
 * from 0.
 */
export type ReplyEvent =
  | { readonly kind: "text"; readonly choice: number; readonly text: string }
  /** What the model thinks, where its vendor shows it. */
  | { readonly kind: "reasoning"; readonly choice: number; readonly text: string }
  /** Reasoning that only its vendor can read, and that a client sends back as it came. */
  | {
      readonly kind: "sealed_reasoning";
      readonly choice: number;
      readonly form: "signature" | "encrypted";
      readonly data: string;
    }
  | { readonly kind: "refusal"; readonly choice: number; readonly text: string }
  /** A tool call, or a further piece of it: the id and name come with the first. */
  | {
      readonly kind: "tool_call";
      readonly choice: number;
      /** The position of the call among those of its choice. */
      readonly index: number;
      readonly id: string | null;
      readonly name: string | null;
      /** A piece of the arguments' JSON, or of a custom tool's input. */
      readonly input: string;
      readonly isCustom: boolean;
    }
  | { readonly kind: "logprobs"; readonly choice: number; readonly logprobs: unknown }
  | {
      readonly kind: "finish";
      readonly choice: number;
      readonly reason: FinishReason;
      /** The stop sequence that ended it, where its vendor tells. */
      readonly stopSequence?: string;
    }
  /** The reply failed after it had begun. The words name no vendor. */
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  /** Always the last. `usage` is null where the reply is not charged. */
  | {
      readonly kind: "end";
      readonly ending: RelayEnding;
      readonly usage: ReplyUsage | null;
      /** In credits. */
      readonly cost: number;
    };
