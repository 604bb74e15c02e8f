import type {
  AuthorizeResult,
  ChatOutcome,
  IdempotentRequest,
  RateLimit,
  RelayEnding,
  StoredResponse,
  TokenPrices,
} from "../account/index.ts";
import type { Caller } from "../auth/index.ts";
import type { Context } from "../context.ts";
import type { Failure } from "../errors.ts";
import type { Cover } from "./hide-vendor.ts";
import type { MeasuredUsage } from "./measure-usage.ts";
import type { ChatRequest } from "./request.ts";

/** The context of a chat: its caller, and a way to finish something after the reply. */
export interface ChatContext extends Context {
  readonly caller: Caller;
  readonly requestId: string;
  readonly idempotency: IdempotentRequest | null;
  /** Whether only the text of the reply is shown, which names no vendor. */
  readonly isText?: boolean;
  /**
   * Whether the reply is translated for another surface. It is given in OpenAI's fields then,
   * whatever shape its vendor sends, and with none that names the vendor.
   */
  readonly isTranslated?: boolean;
  /** Whether the request was counted by the plan's requests a minute already. */
  readonly isCounted?: boolean;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** The time for which the upstream is read after its client left; 15 s where it is not given. */
  readonly readOnMs?: number;
  /** By which one of equal upstreams is drawn: from 0 up to 1. `Math.random` where not given. */
  readonly random?: () => number;
}

/** A hold that was made, as `authorize` answers it. */
type ChatHold = Extract<AuthorizeResult, { kind: "hold" }>;

/** A chat under way: its request, its hold, and when each step was done. */
export interface ActiveChat {
  readonly request: ChatRequest;
  readonly hold: ChatHold;
  /** The id of the chat, which its reply shows: `gen_…-12`, with the number of its hold. */
  readonly generationId: string;
  /** The output cap that the caller would have had with enough credit. */
  readonly requestedMaxTokens: number;
  /** Whether the model may think without being seen. See may-reason.ts. */
  readonly mayReason: boolean;
  /** What is shown in place of the vendor; undefined where the reply shows its vendor. */
  readonly cover: Cover | undefined;
  readonly timing: Timing;
  readonly served: ServedBy;
  /** What its upstreams take; null where that is not known. */
  readonly costs: UpstreamCosts | null;
}

/** What an upstream takes, in millionths of the currency's major unit. */
interface UpstreamCosts {
  readonly currency: string;
  readonly prices: TokenPrices;
}

/** The upstream that was tried last, by its name in the settings, and how many were tried. */
export interface ServedBy {
  upstream: string | null;
  tried: number;
  /** Whether it was asked while the account decided. */
  readonly isOverlapped?: boolean;
  /** Whether replies name it. */
  readonly isShown: boolean;
}

/**
 * When each step was done, in ms since 1970. A Worker's clock moves on at I/O only, so these times
 * show what was waited for.
 */
export interface Timing {
  readonly receivedAt: number;
  /** The credential is verified. */
  readonly identifiedAt: number;
  /** The hold is made. */
  readonly authorizedAt: number;
  /** The upstream's headers came; null before. */
  answeredAt: number | null;
}

/** The end of a chat, as the account records it. */
export interface Settlement {
  readonly holdNo: number;
  readonly outcome: ChatOutcome;
  readonly response: StoredResponse | null;
}

/** Farebox's own part of a usage: the cost in credits, and the id of the chat. */
export interface OwnUsage {
  readonly cost: number;
  readonly generation_id: string;
}

/** A whole reply: the vendor's own fields, and `usage` with Farebox's own. */
export interface Completion extends Readonly<Record<string, unknown>> {
  readonly usage: OwnUsage;
}

/** The end of a stream: how it ended, its usage, and its cost (credits). */
export interface StreamOutcome {
  readonly ending: RelayEnding;
  readonly measured: MeasuredUsage | null;
  readonly cost: number;
}

export type ChatAnswer =
  | {
      readonly kind: "whole";
      /** The completion as the wire sends it. */
      readonly response: StoredResponse;
      readonly completion: Completion;
      readonly measured: MeasuredUsage;
    }
  /** The first answer to the request's `Idempotency-Key`. */
  | { readonly kind: "replayed"; readonly response: StoredResponse }
  | {
      readonly kind: "stream";
      readonly headers: Readonly<Record<string, string>>;
      readonly stream: ReadableStream<Uint8Array>;
      /** Never rejects. */
      readonly ended: Promise<StreamOutcome>;
    }
  | {
      readonly kind: "refused";
      readonly failure: Failure;
      readonly rate: RateLimit | null;
      readonly upstreamCalled: boolean;
    };
