import { onTestFinished, vi } from "vitest";

/** Moves the clock of the test and of the Worker forward, until the test ends. */
export function moveClock(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.useFakeTimers({ now: nowMs, toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
}
