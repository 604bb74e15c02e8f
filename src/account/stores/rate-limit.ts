/** Where a caller stands in the current minute. `resetAt` in ms. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
}

const WINDOW_MS = 60_000;

/**
 * Counts requests in fixed windows of a minute. In memory on purpose: an eviction forgives a
 * window, which costs nobody money, and a row for each request would cost everybody. Never used to
 * decide about value.
 */
export class RequestWindow {
  #startedAt = 0;
  #count = 0;

  /** Counts one request against `limit` and says whether it is within. */
  admit(limit: number, nowMs: number): { readonly within: boolean; readonly rate: RateLimit } {
    const start = nowMs - (nowMs % WINDOW_MS);
    if (start !== this.#startedAt) {
      this.#startedAt = start;
      this.#count = 0;
    }
    const within = this.#count < limit;
    if (within) this.#count += 1;
    return {
      within,
      rate: { limit, remaining: Math.max(0, limit - this.#count), resetAt: start + WINDOW_MS },
    };
  }
}
