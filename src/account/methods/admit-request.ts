import type { Failure, Result } from "../../errors.ts";
import { ok } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { RateLimit } from "../stores/rate-limit.ts";

/** A request that was counted. `refusal`: the plan's requests of this minute are used up. */
export interface AdmittedRequest {
  readonly rate: RateLimit;
  readonly refusal: Failure | null;
}

/** Builds the refusal of a request past the plan's requests a minute. */
export function tooManyRequests(rate: RateLimit, nowMs: number): Failure {
  const message = `Your plan allows ${rate.limit} requests a minute.`;
  const retryAfterSeconds = Math.ceil((rate.resetAt - nowMs) / 1000);
  return { code: "rate_limit_exceeded", message, retryAfterSeconds };
}

/**
 * Counts a request by the plan's requests a minute, before anything is looked up for it. The chat
 * that it leads to is not counted again (`isCounted` of `authorizeChat`).
 */
export function admitRequest({ plan, requests }: Account, nowMs: number): Result<AdmittedRequest> {
  if (plan === null) return accountNotFound({ kind: "session" });
  const { within, rate } = requests.admit(plan.requestsPerMinute, nowMs);
  return ok({ rate, refusal: within ? null : tooManyRequests(rate, nowMs) });
}
