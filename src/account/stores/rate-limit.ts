import { MINUTE_MS } from "../../time.ts";

/** The state of a rate limit in the current minute. `resetAt` in ms. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
}

interface AdmittedCount {
  readonly within: boolean;
  readonly rate: RateLimit;
}

const WINDOW_MS = MINUTE_MS;

/**
 * Counts requests in fixed windows of a minute. In memory on purpose: an eviction forgives a
 * window, which costs nothing, and a row for each request would cost everybody. No decision about
 * value depends on it.
 */
export class RequestWindow {
  #startedAt = 0;
  #count = 0;

  /** Counts one request and returns whether it is within `limit`. */
  admit(limit: number, nowMs: number): AdmittedCount {
    const start = nowMs - (nowMs % WINDOW_MS);
    if (start !== this.#startedAt) {
      this.#startedAt = start;
      this.#count = 0;
    }
    const within = this.#count < limit;
    if (within) this.#count += 1;
    return { within, rate: this.#toRate(limit, this.#count, start) };
  }

  /** Returns the state for a request that was counted, which is within the limit. */
  read(limit: number, nowMs: number): AdmittedCount {
    const start = nowMs - (nowMs % WINDOW_MS);
    const count = start === this.#startedAt ? this.#count : 0;
    return { within: true, rate: this.#toRate(limit, count, start) };
  }

  #toRate = (limit: number, count: number, start: number): RateLimit => ({
    limit,
    remaining: Math.max(0, limit - count),
    resetAt: start + WINDOW_MS,
  });
}
