import type { AuthorizeResult, Task, UnitPrice } from "../account/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import type { Candidate, MeasuredUsage } from "../chat/index.ts";
import type { Result } from "../errors.ts";
import type { UpstreamEndpoint } from "../upstream/index.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The most that a task can use. */
interface TaskBounds {
  readonly promptBoundTokens: number;
  /** Of output, where the model has a price for it. */
  readonly maxTokens: number;
  readonly choices: number;
  readonly maxUnits?: number;
  readonly unit?: UnitPrice;
}

/** The terms of a task's hold. */
export type TaskTerms = Extract<AuthorizeResult, { kind: "hold" }>["terms"];

/** What was seen of a reply that was passed on unread. */
export interface RelayedReply {
  /** The vendor's count; undefined where there is none. */
  readonly usage: unknown;
  /** The pictures in it. */
  readonly images: number;
}

/** A request to a model that is no chat: how it is bounded, called and measured. */
export interface TaskRequest {
  readonly task: Task;
  readonly model: string;
  /** The fields as they came, of which only `known` ones reach the vendor. */
  readonly fields: Json;
  readonly known: readonly string[];
  readonly endpoint: UpstreamEndpoint;
  /** Whether the reply is JSON that is read, or bytes that are passed on. */
  readonly reply: "json" | "bytes";
  /** The top-level fields of a reply that name no vendor. */
  readonly shownFields: readonly string[];
  /** Bounds the task at a model's prices; refuses what has no price. */
  readonly bound: (model: ModelPricing) => Result<TaskBounds>;
  /**
   * Builds the body that is sent.
   * @param fields those that may be passed on
   * @param upstream the one that is asked, with its own name of the model
   * @param terms of the hold, with the unit that is paid for
   */
  readonly build: (
    fields: Json,
    upstream: Pick<Candidate, "upstreamModel">,
    terms: TaskTerms,
  ) => string | FormData | Uint8Array<ArrayBuffer>;
  /** Measures a whole reply; null where it is none. */
  readonly measure: (json: Json, terms: TaskTerms) => MeasuredUsage | null;
  /** Measures a reply that was passed on unread. */
  readonly measureRelayed: (reply: RelayedReply, terms: TaskTerms) => MeasuredUsage;
  /** Writes a reply in another form than JSON. */
  readonly write?: (json: Json) => { readonly body: string; readonly contentType: string };
}
