import { expect, it } from "vitest";
import { nextTryAt } from "../../src/billing/sync/retry-schedule.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/time.ts";

const RECEIVED = Date.UTC(2082, 10, 29);

it.each([
  [0, 10 * MINUTE_MS],
  [10 * MINUTE_MS, 10 * MINUTE_MS],
  [HOUR_MS, HOUR_MS],
  [6 * HOUR_MS, 6 * HOUR_MS],
  [7 * HOUR_MS, 6 * HOUR_MS],
  [30 * DAY_MS - 1, 6 * HOUR_MS],
])("an event that failed at the age of %d ms is tried again after %d ms", (age, delay) => {
  const now = RECEIVED + age;
  expect(nextTryAt(RECEIVED, now)).toBe(now + delay);
});

it("an event that Stripe no longer has is not tried again", () => {
  expect(nextTryAt(RECEIVED, RECEIVED + 30 * DAY_MS)).toBeNull();
});
