const TTL_MS = 60_000;
const MAX_ENTRIES = 1_000;

interface CacheEntry<T> {
  readonly value: T;
  readonly untilMs: number;
}

/**
 * Remembers what was verified in this isolate, for at most a minute and never past `expiresAtMs`,
 * so that a busy caller's signature is checked once a minute. Holds verified values only, so that
 * strangers cannot fill it. Bounded: the oldest go first.
 */
export class TokenCache<T> {
  readonly #entries = new Map<string, CacheEntry<T>>();

  get(token: string, nowMs: number): T | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined || nowMs < entry.untilMs) return entry?.value;
    this.#entries.delete(token);
    return undefined;
  }

  set(token: string, value: T, expiresAtMs: number, nowMs: number): void {
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= MAX_ENTRIES && oldest.done !== true)
      this.#entries.delete(oldest.value);
    this.#entries.set(token, { value, untilMs: Math.min(expiresAtMs, nowMs + TTL_MS) });
  }

  get size(): number {
    return this.#entries.size;
  }
}
