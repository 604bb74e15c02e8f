import type { Behaviour } from "./behaviour.ts";
import { ConnectionLost, type Delivery, streamBody } from "./body.ts";
import type { Frame } from "./frames.ts";
import { errorBody, type RequestError } from "./request.ts";

/** OpenAI's error for each status. */
export const ERRORS_BY_STATUS: Readonly<
  Record<NonNullable<Behaviour["status"]>, Omit<RequestError, "status">>
> = {
  400: { message: "Invalid request.", type: "invalid_request_error", param: null, code: null },
  401: {
    message: "Incorrect API key provided.",
    type: "invalid_request_error",
    param: null,
    code: "invalid_api_key",
  },
  404: {
    message: "The model does not exist.",
    type: "invalid_request_error",
    param: "model",
    code: "model_not_found",
  },
  429: {
    message: "Rate limit reached for requests.",
    type: "requests",
    param: null,
    code: "rate_limit_exceeded",
  },
  500: {
    message: "The server had an error while processing your request.",
    type: "server_error",
    param: null,
    code: null,
  },
  503: {
    message: "That model is currently overloaded.",
    type: "server_error",
    param: null,
    code: "overloaded",
  },
  529: { message: "Overloaded", type: "overloaded_error", param: null, code: null },
};

/** Returns an error response as OpenAI formats it. */
export const errorResponse = (error: RequestError, headers: HeadersInit = {}): Response =>
  Response.json(errorBody(error), { status: error.status, headers });

const ONE_FRAME: Iterable<Frame> = [{ text: "", tokens: 1 }];

/** Returns the response that replaces an OpenAI reply, or null if the behaviour asks for none. */
export async function replacementReply(
  delivery: Delivery,
  signal: AbortSignal,
): Promise<Response | null> {
  const { behaviour, beforeFrame, call, released, wire } = delivery;
  const { status, retryAfterSeconds, instead } = behaviour;
  if (status === undefined && instead === undefined) return null;
  await beforeFrame();
  signal.throwIfAborted();
  if (status !== undefined) {
    call.end("broken");
    const wait: HeadersInit =
      retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    return wire.error({ ...ERRORS_BY_STATUS[status], status }, wait);
  }
  const plain = (text: string, type: string): Response => {
    call.end("broken");
    return new Response(text, { headers: { "content-type": type } });
  };
  switch (instead) {
    case "drop":
      call.end("broken");
      throw new ConnectionLost();
    case "stall":
      await Promise.race([released, call.ended]);
      signal.throwIfAborted();
      call.end("broken");
      throw new ConnectionLost();
    case "silence": {
      const stalled: Delivery = {
        ...delivery,
        behaviour: { breakOff: { afterTokens: 0, how: "stall" } },
      };
      return new Response(streamBody(ONE_FRAME, stalled, signal), {
        headers: { "content-type": "text/event-stream" },
      });
    }
    case "garbage":
      return plain(wire.half, "application/json");
    case "html":
      return plain(
        "<!doctype html><title>Welcome</title><p>This is not the model you are looking for.",
        "text/html",
      );
    case "empty":
      return plain("", "application/json");
    case undefined:
      return null;
    default:
      return instead satisfies never;
  }
}
