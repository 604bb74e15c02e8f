import { database, formatError } from "../db.ts";
import { listModels } from "./store.ts";
import type { Model } from "./tables.ts";

/** What a chat needs to know of a model: where it is, what a token costs, and how many fit. */
export type ModelPricing = Readonly<Omit<Model, "isActive">>;

type Models = ReadonlyMap<string, ModelPricing>;

interface CachedModels {
  readonly models: Models;
  readonly loadedAt: number;
  /**
   * When D1 is asked again. Put off a little after a failure, so that an outage does not slow every
   * chat.
   */
  readonly refreshAt: number;
}

const FRESH_FOR_MS = 60_000;
/**
 * Prices change rarely, and each chat's price is written into its hold: better ten minutes old than
 * no service while D1 is down.
 */
const MAX_STALE_MS = 600_000;
const RETRY_DELAY_MS = 5_000;
/**
 * A query that another request began dies with that request, so nobody waits on it for longer than
 * this.
 */
const MAX_SHARED_WAIT_MS = 2_000;

let cacheByDatabase = new WeakMap<D1Database, CachedModels>();
let pendingLoads = new WeakMap<D1Database, Promise<Models>>();

async function queryModels(d1: D1Database): Promise<Models> {
  const rows = await listModels(database(d1), { activeOnly: true });
  return new Map(rows.map((model) => [model.id, model]));
}

/** What a query that was begun gives, unless it takes too long. */
async function withTimeout(pending: Promise<Models>, waitMs: number): Promise<Models | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs);
  });
  return await Promise.race([pending, timeout]).finally(() => clearTimeout(timer));
}

/**
 * The models by a query of which there is one at a time; undefined when the one that was begun
 * before takes too long.
 */
async function loadOnce(d1: D1Database): Promise<Models | undefined> {
  const pending = pendingLoads.get(d1);
  if (pending !== undefined) {
    const shared = await withTimeout(pending, MAX_SHARED_WAIT_MS);
    if (shared === undefined && pendingLoads.get(d1) === pending) pendingLoads.delete(d1);
    return shared;
  }
  const own = queryModels(d1);
  pendingLoads.set(d1, own);
  // Only what is still ours: it may have been given up or forgotten meanwhile, and another begun.
  return await own.finally(() => {
    if (pendingLoads.get(d1) === own) pendingLoads.delete(d1);
  });
}

/**
 * All active models by id, from this isolate's memory while they are less than a minute old.
 * When D1 fails, those of up to ten minutes ago are used; with none, the failure is thrown.
 */
export async function loadModels(d1: D1Database, nowMs: number): Promise<Models> {
  const cached = cacheByDatabase.get(d1);
  if (cached !== undefined && nowMs < cached.refreshAt) return cached.models;
  const cache = cacheByDatabase;
  try {
    const models = await loadOnce(d1);
    if (models === undefined) return await loadModels(d1, nowMs);
    // A shop that is being set up: its first catalog is to be in force at once.
    if (models.size === 0) return models;
    // Into the cache that was current when D1 was asked: one that was forgotten meanwhile stays
    // forgotten.
    cache.set(d1, { models, loadedAt: nowMs, refreshAt: nowMs + FRESH_FOR_MS });
    return models;
  } catch (error) {
    if (cached === undefined || nowMs >= cached.loadedAt + MAX_STALE_MS) throw error;
    console.error(
      JSON.stringify({
        level: "error",
        doing: "loading models; using those known",
        error: formatError(error),
      }),
    );
    cache.set(d1, {
      ...cached,
      refreshAt: Math.min(nowMs + RETRY_DELAY_MS, cached.loadedAt + MAX_STALE_MS),
    });
    return cached.models;
  }
}

/** An active model by the id that users name it by. */
export const findModel = async (
  d1: D1Database,
  modelId: string,
  nowMs: number,
): Promise<ModelPricing | undefined> => (await loadModels(d1, nowMs)).get(modelId);

/**
 * Makes this isolate read the models again: after a change, so that it is seen here at once
 * (elsewhere within a minute).
 */
export function clearModelCache(): void {
  cacheByDatabase = new WeakMap();
  pendingLoads = new WeakMap();
}
