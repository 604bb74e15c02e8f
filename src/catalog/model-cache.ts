import { type Database, formatError } from "../db.ts";
import { log } from "../log.ts";
import { MINUTE_MS, SECOND_MS } from "../time.ts";
import { listModels } from "./store.ts";
import type { Model } from "./tables.ts";

/** An active model: its upstream, the price of a token, and the number of tokens that fit. */
export type ModelPricing = Readonly<Omit<Model, "isActive">>;

type Models = ReadonlyMap<string, ModelPricing>;

interface CachedModels {
  readonly models: Models;
  readonly loadedAt: number;
  /**
   * The time of the next query. Later after a failure, so that an outage does not slow each chat.
   */
  readonly refreshAt: number;
}

const FRESH_FOR_MS = MINUTE_MS;
/**
 * The age up to which prices are used while D1 is down. They change rarely, and each chat's price
 * is written into its hold: an old price is better than no service.
 */
const MAX_STALE_MS = 10 * MINUTE_MS;
const RETRY_DELAY_MS = 5 * SECOND_MS;
/** The longest wait for the query of another request, which dies with that request. */
const MAX_SHARED_WAIT_MS = 2 * SECOND_MS;

let cacheByDatabase = new WeakMap<Database, CachedModels>();
let pendingLoads = new WeakMap<Database, Promise<Models>>();

async function queryModels(db: Database): Promise<Models> {
  const rows = await listModels(db, { activeOnly: true });
  return new Map(rows.map((model) => [model.id, model]));
}

/** Waits for a pending query. Undefined when it takes too long. */
async function withTimeout(pending: Promise<Models>, waitMs: number): Promise<Models | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs);
  });
  return await Promise.race([pending, timeout]).finally(() => clearTimeout(timer));
}

/**
 * Queries the models, or shares the query that is pending. Undefined when that one takes too long.
 */
async function loadOnce(db: Database): Promise<Models | undefined> {
  const pending = pendingLoads.get(db);
  if (pending !== undefined) {
    const shared = await withTimeout(pending, MAX_SHARED_WAIT_MS);
    if (shared === undefined && pendingLoads.get(db) === pending) pendingLoads.delete(db);
    return shared;
  }
  const own = queryModels(db);
  pendingLoads.set(db, own);
  // Unless the query was abandoned or the cache cleared meanwhile, and another query began.
  return await own.finally(() => {
    if (pendingLoads.get(db) === own) pendingLoads.delete(db);
  });
}

/**
 * Returns all active models by id, from this isolate's memory while they are less than a minute
 * old. While D1 fails, models of up to ten minutes ago are returned.
 * @throws when D1 fails and there are none
 */
export async function loadModels(db: Database, nowMs: number): Promise<Models> {
  const cached = cacheByDatabase.get(db);
  if (cached !== undefined && nowMs < cached.refreshAt) return cached.models;
  const cache = cacheByDatabase;
  try {
    const models = await loadOnce(db);
    if (models === undefined) return await loadModels(db, nowMs);
    // A shop that is being set up: its first catalog has to be seen at once.
    if (models.size === 0) return models;
    // Into the cache of when the query began: if it was cleared meanwhile, it stays cleared.
    cache.set(db, { models, loadedAt: nowMs, refreshAt: nowMs + FRESH_FOR_MS });
    return models;
  } catch (error) {
    if (cached === undefined || nowMs >= cached.loadedAt + MAX_STALE_MS) throw error;
    log.error("models.load_failed", { usedFromMs: cached.loadedAt, error: formatError(error) });
    cache.set(db, {
      ...cached,
      refreshAt: Math.min(nowMs + RETRY_DELAY_MS, cached.loadedAt + MAX_STALE_MS),
    });
    return cached.models;
  }
}

/** Returns the active models that chat, by id, as `loadModels` does. */
export async function loadChatModels(db: Database, nowMs: number): Promise<Models> {
  const models = await loadModels(db, nowMs);
  return new Map([...models].filter(([, { kind }]) => kind === "chat"));
}

/** Finds the first active model of a kind, by id. */
export async function findFirstOfKind(
  db: Database,
  kind: Model["kind"],
  nowMs: number,
): Promise<ModelPricing | undefined> {
  return [...(await loadModels(db, nowMs)).values()].find((model) => model.kind === kind);
}

/** Finds an active model by its id or one of its aliases. */
export async function findModel(
  db: Database,
  name: string,
  nowMs: number,
): Promise<ModelPricing | undefined> {
  const models = await loadModels(db, nowMs);
  return models.get(name) ?? models.values().find(({ aliases }) => aliases.includes(name));
}

/**
 * Clears this isolate's models after a change, so that it is seen here at once, and elsewhere
 * within a minute.
 */
export function clearModelCache(): void {
  cacheByDatabase = new WeakMap();
  pendingLoads = new WeakMap();
}
