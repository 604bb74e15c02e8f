import type { Behaviour } from "./behaviour.ts";
import { body, ConnectionLost, type Delivery } from "./body.ts";
import type { Frame } from "./frames.ts";
import { type Complaint, complaintBody } from "./request.ts";

/** OpenAI's own words for each status. */
export const ERRORS: Readonly<Record<NonNullable<Behaviour["status"]>, Omit<Complaint, "status">>> = {
  400: { message: "Invalid request.", type: "invalid_request_error", param: null, code: null },
  401: { message: "Incorrect API key provided.", type: "invalid_request_error", param: null, code: "invalid_api_key" },
  404: { message: "The model does not exist.", type: "invalid_request_error", param: "model", code: "model_not_found" },
  429: { message: "Rate limit reached for requests.", type: "requests", param: null, code: "rate_limit_exceeded" },
  500: { message: "The server had an error while processing your request.", type: "server_error", param: null, code: null },
  503: { message: "That model is currently overloaded.", type: "server_error", param: null, code: "overloaded" },
};

/** Answers with an error as OpenAI does. */
export const refuse = (complaint: Complaint, headers: HeadersInit = {}): Response =>
  Response.json(complaintBody(complaint), { status: complaint.status, headers });

const NEVER: Iterable<Frame> = [{ text: "", tokens: 1 }];

/** The reply that takes the place of an OpenAI reply, where the behaviour wants one. */
export async function replyInstead(delivery: Delivery, signal: AbortSignal): Promise<Response | null> {
  const { behaviour, call, released } = delivery;
  const plain = (text: string, type: string): Response => {
    call.end("broken");
    return new Response(text, { headers: { "content-type": type } });
  };
  switch (behaviour.instead) {
    case "drop":
      call.end("broken");
      throw new ConnectionLost();
    case "stall":
      await Promise.race([released, call.ended]);
      signal.throwIfAborted();
      call.end("broken");
      throw new ConnectionLost();
    case "silence": {
      const stalled = { ...delivery, behaviour: { breakOff: { afterTokens: 0, how: "stall" } } as const };
      return new Response(body(NEVER, stalled, signal), { headers: { "content-type": "text/event-stream" } });
    }
    case "garbage":
      return plain('{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"mess', "application/json");
    case "html":
      return plain("<!doctype html><title>Welcome</title><p>This is not the model you are looking for.", "text/html");
    case "empty":
      return plain("", "application/json");
    case undefined:
      return null;
    default:
      return behaviour.instead satisfies never;
  }
}
