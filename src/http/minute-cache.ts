import { MINUTE_MS } from "../time.ts";

/** The most answers that are kept at once. Those asked for first are dropped first. */
const ENTRIES_MAX = 200;

interface Entry<T> {
  readonly value: T;
  readonly loadedAt: number;
}

/**
 * Answers that are the same for everybody, in this isolate's memory for a minute, so that readers
 * who are not signed in cost the database next to nothing. A change clears them, and is seen here
 * at once and elsewhere within a minute.
 */
export class MinuteCache<T> {
  #entriesByDatabase = new WeakMap<object, Map<string, Entry<T>>>();

  /** Returns what is kept under a key, or loads it. A failure is not kept. */
  async get(
    { db, nowMs }: { readonly db: object; readonly nowMs: number },
    key: string,
    load: () => Promise<T>,
  ): Promise<T> {
    const entries = this.#entriesByDatabase.get(db) ?? new Map<string, Entry<T>>();
    // Into the cache of when it was asked for: if that was cleared meanwhile, it stays cleared.
    this.#entriesByDatabase.set(db, entries);
    const known = entries.get(key);
    if (known !== undefined && nowMs < known.loadedAt + MINUTE_MS) return known.value;
    const value = await load();
    entries.delete(key);
    entries.set(key, { value, loadedAt: nowMs });
    const [oldest] = entries.keys();
    if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
    return value;
  }

  /** Forgets everything, after a change. */
  clear(): void {
    this.#entriesByDatabase = new WeakMap();
  }
}
