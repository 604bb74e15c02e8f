import { createMiddleware } from "hono/factory";
import type { AuthEnv } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { fail } from "../../errors.ts";
import { refuse } from "../../http/respond.ts";
import { admitPaymentRequest, PAYMENT_REQUESTS_MAX } from "./payment-rate-limit.ts";

/**
 * Lets a caller make 30 payment requests in 15 minutes, over all routes that have this, and answers
 * 429 to what is more. It comes after `requireCaller`, so that a repeated `Idempotency-Key` costs
 * nothing, and before validation, so that guessing does.
 */
export const limitPayments = createMiddleware<AuthEnv>(async (c, next) => {
  const nowMs = Date.now();
  const {
    isWithinLimit: within,
    remaining,
    resetAt,
  } = await admitPaymentRequest(database(c.env.DB), c.var.caller.userId, nowMs);
  const waitSeconds = Math.max(1, Math.ceil((resetAt - nowMs) / 1000));
  c.header("x-ratelimit-limit-requests", String(PAYMENT_REQUESTS_MAX));
  c.header("x-ratelimit-remaining-requests", String(remaining));
  c.header("x-ratelimit-reset-requests", `${waitSeconds}s`);
  if (within) {
    await next();
    return undefined;
  }
  const message = `${PAYMENT_REQUESTS_MAX} payment requests in 15 minutes are enough. Try again in ${waitSeconds} s.`;
  return refuse(
    c,
    fail("rate_limit_exceeded", message, { retryAfterSeconds: waitSeconds }).failure,
  );
});
