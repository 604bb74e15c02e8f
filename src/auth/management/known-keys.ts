import type { Config } from "../../config.ts";
import type { ManagementKey } from "../tables.ts";
import { TokenCache } from "../token-cache.ts";

/** The management keys that this isolate knows, by their text. */
const caches = new WeakMap<Config, TokenCache<ManagementKey>>();

/** Returns the keys that this isolate knows. */
export function knownKeysOf(config: Config): TokenCache<ManagementKey> {
  const known = caches.get(config);
  if (known !== undefined) return known;
  const cache = new TokenCache<ManagementKey>();
  caches.set(config, cache);
  return cache;
}

/** Forgets all of them, after one was revoked. */
export const forgetKnownKeys = (config: Config): void => {
  caches.delete(config);
};
