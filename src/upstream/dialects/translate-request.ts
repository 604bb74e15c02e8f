import type { Dialect, DialectRequest, RequestTerms } from "./dialect.ts";
import type { Json } from "./json-fields.ts";
import { toNativeMessages } from "./messages/native-request.ts";
import { toMessagesRequest } from "./messages/to-request.ts";
import { toNativeResponses } from "./responses/native-request.ts";
import { toResponsesRequest } from "./responses/to-request.ts";

const TRANSLATORS = { messages: toMessagesRequest, responses: toResponsesRequest } as const;

/**
 * Translates a chat request to another dialect.
 * @param body a checked request without what asks for nothing. What stands for a payload stays
 *   within its text.
 * @returns the request, or the first field that the dialect cannot express
 */
export const translateRequest = (
  dialect: Exclude<Dialect, "chat">,
  body: Json,
  terms: RequestTerms,
): DialectRequest => TRANSLATORS[dialect](body, terms);

/** A client's own request, in the dialect that it speaks. */
export interface NativeRequest {
  readonly dialect: Exclude<Dialect, "chat">;
  /** Its JSON, whose fields were checked. */
  readonly body: Json;
}

const NATIVE = { messages: toNativeMessages, responses: toNativeResponses } as const;

/** Builds the request of a client that speaks its upstream's own dialect, as it came. */
export const buildNativeRequest = ({ dialect, body }: NativeRequest, terms: RequestTerms): Json =>
  NATIVE[dialect](body, terms);
