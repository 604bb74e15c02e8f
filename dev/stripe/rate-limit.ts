import { faultError } from "./faults.ts";

/** How many requests this Stripe takes in a second. It is a switch, and no part of the state. */
export interface RateLimit {
  /** Limits the rate from now on; null takes every request. */
  readonly set: (perSecond: number | null) => void;
  /**
   * Counts a request.
   * @throws {ApiError} 429 in Stripe's words
   */
  readonly count: () => void;
}

/** Creates a limit that lets everything through until it is set. */
export function createRateLimit(nowMs: () => number): RateLimit {
  let perSecond: number | null = null;
  let second = 0;
  let requests = 0;
  return {
    set(limit) {
      perSecond = limit;
      requests = 0;
    },
    count() {
      const now = Math.floor(nowMs() / 1000);
      requests = now === second ? requests + 1 : 1;
      second = now;
      if (perSecond !== null && requests > perSecond) throw faultError(429);
    },
  };
}
