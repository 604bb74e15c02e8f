import { createMiddleware } from "hono/factory";
import type { AuthEnv } from "../../auth/index.ts";
import { refuse } from "../../http/respond.ts";
import { withMetadata } from "../../http/route-metadata.ts";
import { MINUTE_MS, SECOND_MS } from "../../time.ts";
import { admitPaymentRequest, PAYMENT_REQUESTS_MAX, WINDOW_MS } from "./payment-rate-limit.ts";

/**
 * Lets a user make 30 payment requests in 15 minutes, over all routes that use it, and answers 429
 * to the rest. It runs after `requireCaller`, so that a replayed `Idempotency-Key` costs nothing,
 * and before validation, so that guessing does.
 */
export const limitPayments = withMetadata(
  createMiddleware<AuthEnv>(async (c, next) => {
    const { caller, ctx } = c.var;
    const { db, nowMs } = ctx;
    const rateLimit = await admitPaymentRequest(db, caller.userId, nowMs);
    const retryAfterSeconds = Math.max(1, Math.ceil((rateLimit.resetAt - nowMs) / SECOND_MS));
    c.header("x-ratelimit-limit-requests", String(PAYMENT_REQUESTS_MAX));
    c.header("x-ratelimit-remaining-requests", String(rateLimit.remaining));
    c.header("x-ratelimit-reset-requests", `${retryAfterSeconds}s`);
    if (rateLimit.isWithinLimit) {
      await next();
      return undefined;
    }
    const minutes = WINDOW_MS / MINUTE_MS;
    const limit =
      `You've reached the limit of ${PAYMENT_REQUESTS_MAX} payment requests in ${minutes} ` +
      "minutes.";
    const message = `${limit} Try again in ${retryAfterSeconds} s.`;
    return refuse(c, { code: "rate_limit_exceeded", message, retryAfterSeconds });
  }),
  { kind: "failures", failures: ["rate_limit_exceeded"] },
);
