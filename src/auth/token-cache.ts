import { MINUTE_MS } from "../time.ts";

const TTL_MS = MINUTE_MS;
const ENTRIES_MAX = 1_000;

interface CacheEntry<T> {
  readonly value: T;
  readonly untilMs: number;
}

/**
 * Caches verified credentials in this isolate, for a minute at most and never past `expiresAtMs`,
 * so that a busy caller's signature is checked once a minute. Only verified values are added, so
 * that strangers cannot fill it. It is bounded: the oldest entry goes first.
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
    if (this.#entries.size >= ENTRIES_MAX && oldest.done !== true)
      this.#entries.delete(oldest.value);
    this.#entries.set(token, { value, untilMs: Math.min(expiresAtMs, nowMs + TTL_MS) });
  }

  get size(): number {
    return this.#entries.size;
  }
}
