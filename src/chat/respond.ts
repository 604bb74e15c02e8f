import type { Context } from "hono";
import type { RateLimit, StoredResponse } from "../account/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import type { Failure } from "../errors.ts";
import { refuse } from "../http/respond.ts";
import { rateLimitHeaders } from "./answer.ts";

/** The failures of every route that a hold pays for. */
export const PAID_FAILURES = [
  "invalid_request",
  "missing_scope",
  "account_suspended",
  "insufficient_quota",
  "model_not_found",
  "rate_limit_exceeded",
  "upstream_error",
  "upstream_timeout",
  "billing_unavailable",
] as const;

/** What is answered to a request that a hold pays for. */
export type PaidAnswer =
  | { readonly kind: "refused"; readonly failure: Failure; readonly rate: RateLimit | null }
  /** The first answer to the request's `Idempotency-Key`. */
  | { readonly kind: "replayed"; readonly response: StoredResponse }
  | { readonly kind: "whole"; readonly response: StoredResponse }
  | {
      readonly kind: "stream";
      readonly headers: Readonly<Record<string, string>>;
      readonly stream: ReadableStream<Uint8Array>;
    };

/**
 * Headers are set at once, by name: one by one each would be a call into the platform. No cache
 * keeps a reply.
 */
const toResponse = (
  c: Context<AuthEnv>,
  body: BodyInit,
  headers: Readonly<Record<string, string>>,
): Response =>
  new Response(body, {
    headers: {
      ...headers,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": c.get("requestId"),
    },
  });

/** Responds with the answer to a request that a hold pays for. */
export function respondPaid(c: Context<AuthEnv>, answer: PaidAnswer): Response {
  switch (answer.kind) {
    case "refused":
      for (const [name, value] of Object.entries(rateLimitHeaders(answer.rate, Date.now())))
        c.header(name, value);
      return refuse(c, answer.failure);
    case "stream":
      return toResponse(c, answer.stream, answer.headers);
    case "whole":
      return toResponse(c, answer.response.body, answer.response.headers);
    case "replayed": {
      const { body, headers } = answer.response;
      return toResponse(c, body, { ...headers, "idempotent-replayed": "true" });
    }
  }
}
