import { afterEach, expect, it, vi } from "vitest";
import { measureSlowness, timeLimit } from "../../dev/slowness.ts";

afterEach(() => vi.useRealTimers());

it("a machine is never faster than an idle one, and never slow beyond all waiting", () => {
  expect(measureSlowness()).toBeGreaterThanOrEqual(1);
  expect(measureSlowness()).toBeLessThanOrEqual(10);
});

it("a limit is not over within its time, and is over after ten times of it at the latest", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const limit = timeLimit(1000);
  vi.advanceTimersByTime(1000);
  expect(limit.isOver()).toBe(false);
  vi.advanceTimersByTime(9001);
  expect(limit.isOver()).toBe(true);
});
