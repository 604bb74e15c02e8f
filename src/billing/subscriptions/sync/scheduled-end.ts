import { HOUR_MS, MINUTE_MS } from "../../../time.ts";
import type { Subscription } from "../store.ts";

/**
 * When usage is handed over before the end, so that Stripe makes a last invoice for it. What is
 * used afterwards is handed over once it has ended: that invoice is a draft for an hour, and counts
 * what comes until then
 * (https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api).
 */
const BEFORE_END_MS = 2 * MINUTE_MS;
const AFTER_END_MS = MINUTE_MS;

/** Returns the times at which a subscription that is to end at a known time is checked. */
export const endChecks = (cancelAt: number | null): readonly number[] =>
  cancelAt === null ? [] : [cancelAt - BEFORE_END_MS, cancelAt + AFTER_END_MS];

/** Returns whether a subscription is about to end as scheduled, or has just done so. */
export const isEnding = ({ cancelAt }: Pick<Subscription, "cancelAt">, nowMs: number): boolean =>
  cancelAt !== null && nowMs >= cancelAt - BEFORE_END_MS && nowMs < cancelAt + HOUR_MS;
