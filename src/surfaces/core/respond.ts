import type { Context } from "hono";
import type { AuthEnv } from "../../auth/index.ts";
import { type ChatAnswer, rateLimitHeaders, type Served } from "../../chat/index.ts";
import { EVENT_STREAM_HEADERS } from "./event-stream.ts";

/** Sets the headers of a refusal: how many requests are left. */
export function setRateHeaders(
  c: Context<AuthEnv>,
  { rate }: Extract<ChatAnswer, { kind: "refused" }>,
): void {
  for (const [name, value] of Object.entries(rateLimitHeaders(rate, Date.now())))
    c.header(name, value);
}

/**
 * Answers with a translated reply: the headers are the chat's, but for those of the body. No cache
 * keeps it.
 */
export function respondTranslated(
  c: Context<AuthEnv>,
  answer: Served,
  body: string | ReadableStream<Uint8Array>,
): Response {
  const headers = answer.kind === "stream" ? answer.headers : answer.response.headers;
  const type =
    typeof body === "string" ? { "content-type": "application/json" } : EVENT_STREAM_HEADERS;
  return new Response(body, {
    headers: {
      ...headers,
      ...type,
      ...(answer.kind === "replayed" ? { "idempotent-replayed": "true" } : {}),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": c.get("requestId"),
    },
  });
}
