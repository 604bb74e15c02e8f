import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../time.ts";

/**
 * The time for which an event is left to the request that received it, and to Stripe's own next
 * delivery, before the cron retries it.
 */
export const FIRST_RETRY_DELAY_MS = 10 * MINUTE_MS;
const MAX_RETRY_DELAY_MS = 6 * HOUR_MS;

/**
 * The time for which Stripe lists an event. One that could not be handled in that time is left to
 * the operator.
 */
export const EVENT_RETENTION_MS = 30 * DAY_MS;

/**
 * Returns the time at which a failed event is tried again: after as long as it has been in the
 * inbox, within bounds. Stripe itself gives up after three days.
 * @returns null when it has been tried for as long as Stripe keeps events
 */
export function nextTryAt(receivedAtMs: number, nowMs: number): number | null {
  const ageMs = nowMs - receivedAtMs;
  return ageMs >= EVENT_RETENTION_MS
    ? null
    : nowMs + Math.min(Math.max(ageMs, FIRST_RETRY_DELAY_MS), MAX_RETRY_DELAY_MS);
}
