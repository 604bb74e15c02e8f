import type { Failure } from "../../errors.ts";
import type { Json } from "./json-fields.ts";

/**
 * The API in which an upstream is called: OpenAI's chat completions, Anthropic's Messages API, or
 * OpenAI's Responses API.
 */
export type Dialect = "chat" | "messages" | "responses";

/** What a request in another dialect has beside the fields of a chat. */
export interface RequestTerms {
  /** The vendor's name of the model. */
  readonly model: string;
  /** The output cap that is paid for. */
  readonly maxTokens: number;
  /** Fields that the operator lets through, beside those that are known. */
  readonly passed: ReadonlySet<string>;
}

/** A request as it is sent, or the first field that its dialect cannot express. */
export type DialectRequest =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly failure: Failure };

/** Refuses a field that a dialect cannot express. */
export const refuseField = (param: string, problem: string) =>
  ({
    ok: false,
    failure: { code: "invalid_request", message: `${param}: ${problem}`, param },
  }) as const;

export const NOT_SUPPORTED = "isn't supported by this model, so leave it out.";

/** Reads a reply in a dialect, whole or by its events, and writes it as a chat's. */
export interface DialectReader {
  /** Returns the frames that an event becomes. */
  readonly readEvent: (event: Json) => string;
  /** Returns a whole reply as a completion; null where it is none. */
  readonly readWhole: (reply: Json) => Json | null;
  /** The vendor's count of the prompt, which it may send before all else. */
  readonly promptUsage: Json | undefined;
}
