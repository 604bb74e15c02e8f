/**
 * How long an event is left to whoever received it, and to Stripe's own next delivery, before the
 * cron takes it.
 */
export const FIRST_RETRY_DELAY_MS = 10 * 60_000;
const MAX_RETRY_DELAY_MS = 6 * 3_600_000;

/**
 * Stripe tells of an event for 30 days. What could not be handled in that time is left to the
 * operator.
 */
export const EVENT_RETENTION_MS = 30 * 86_400_000;

/**
 * When an event that could not be handled is tried again: after as long as it has been here, within
 * bounds. Stripe itself gives up after three days.
 * @returns null when it has been tried for as long as Stripe keeps events
 */
export function nextTryAt(receivedAtMs: number, nowMs: number): number | null {
  const ageMs = nowMs - receivedAtMs;
  return ageMs >= EVENT_RETENTION_MS
    ? null
    : nowMs + Math.min(Math.max(ageMs, FIRST_RETRY_DELAY_MS), MAX_RETRY_DELAY_MS);
}
