import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { BaseEnv } from "./factory.ts";
import { refuse } from "./respond.ts";

const MAX_BODY_BYTES = 1_048_576;

const countedBodyLimit = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => refuse(c, { code: "body_too_large", message: "The body is larger than 1 MiB." }),
});

/**
 * Whether a request tells a length within the limit: then it has no more than that (RFC 9112 §6.3),
 * and need not be counted.
 */
export function hasAcceptedLength(c: Context): boolean {
  const contentLength = c.req.header("content-length");
  return (
    contentLength !== undefined &&
    Number(contentLength) <= MAX_BODY_BYTES &&
    c.req.header("transfer-encoding") === undefined
  );
}

/** No body above 1 MiB is read to its end. */
export const limitBody = createMiddleware<BaseEnv>((c, next) =>
  hasAcceptedLength(c) ? next() : countedBodyLimit(c, next),
);

const corsHeaders = cors({
  origin: (origin, c: Context<BaseEnv>) => {
    const { PUBLIC_URL, ALLOWED_ORIGINS } = c.var.ctx.config;
    return origin === PUBLIC_URL || ALLOWED_ORIGINS.includes(origin) ? origin : null;
  },
  credentials: true,
  maxAge: 600,
  exposeHeaders: [
    "x-request-id",
    "retry-after",
    "idempotent-replayed",
    "x-farebox-cost",
    "x-farebox-balance",
    "x-farebox-max-tokens",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
  ],
});

/**
 * Only the operator's own sites may call from a browser, and read what every reply says of itself.
 * They may send whatever header they ask for: clients such as the `openai` package tell of
 * themselves in headers of their own. What does not come from a browser's page names no origin, and
 * is not kept waiting for this.
 */
export const allowOrigins = createMiddleware<BaseEnv>((c, next) =>
  c.req.header("origin") === undefined ? next() : corsHeaders(c, next),
);
