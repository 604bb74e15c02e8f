import { type Database, formatError } from "../db.ts";
import { log } from "../log.ts";
import { MINUTE_MS, SECOND_MS } from "../time.ts";
import { type BrandChoices, NO_CHOICES } from "./brand.ts";
import { readChoices } from "./store.ts";

interface CachedChoices {
  readonly choices: BrandChoices;
  /** The time of the next query. */
  readonly refreshAt: number;
}

const FRESH_FOR_MS = MINUTE_MS;
/** So that an outage of D1 does not slow each page. */
const RETRY_DELAY_MS = 5 * SECOND_MS;

let cacheByDatabase = new WeakMap<Database, CachedChoices>();

/**
 * Returns what an admin chose, from this isolate's memory while it is less than a minute old. While
 * D1 fails, what was read last is returned, or nothing: a name is no reason for a page to fail.
 */
export async function loadChoices(db: Database, nowMs: number): Promise<BrandChoices> {
  const cached = cacheByDatabase.get(db);
  if (cached !== undefined && nowMs < cached.refreshAt) return cached.choices;
  // Into the cache of when the query began: if it was cleared meanwhile, it stays cleared.
  const cache = cacheByDatabase;
  try {
    const choices = await readChoices(db);
    cache.set(db, { choices, refreshAt: nowMs + FRESH_FOR_MS });
    return choices;
  } catch (error) {
    log.error("brand.load_failed", { error: formatError(error) });
    const choices = cached?.choices ?? NO_CHOICES;
    cache.set(db, { choices, refreshAt: nowMs + RETRY_DELAY_MS });
    return choices;
  }
}

/** Clears this isolate's copy after a change, which is seen elsewhere within a minute. */
export function clearChoicesCache(): void {
  cacheByDatabase = new WeakMap();
}
