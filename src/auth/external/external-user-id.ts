import type { Config } from "../../config.ts";
import { hmacHex } from "../../digest.ts";
import { TokenCache } from "../token-cache.ts";

const ID_DIGITS = 16;

/** The ids of external users that this isolate knows, for a minute. */
const caches = new WeakMap<Config, TokenCache<string>>();

function cacheOf(config: Config): TokenCache<string> {
  const known = caches.get(config);
  if (known !== undefined) return known;
  const cache = new TokenCache<string>();
  caches.set(config, cache);
  return cache;
}

/**
 * Derives the id that a new user with an external id gets, so that the account object is found
 * without a query: a keyed hash. It is where to look first and decides nothing. A user has another
 * id where one with that external id was erased before, an admin linked it, or the secret has
 * changed since: then the derived account is not open, and D1 names the user.
 */
export async function deriveUserId(config: Config, externalId: string): Promise<string> {
  const secret = config.API_KEY_CHECKSUM_SECRET ?? config.JWT_SECRET;
  return `usr_${(await hmacHex(secret, `external user:${externalId}`)).slice(0, ID_DIGITS)}`;
}

/** Returns the id of an external user, as far as it is known without I/O. */
export async function guessUserId(
  config: Config,
  externalId: string,
  nowMs: number,
): Promise<string> {
  const known = cacheOf(config).get(externalId, nowMs);
  if (known !== undefined) return known;
  const derived = await deriveUserId(config, externalId);
  rememberUserId(config, externalId, derived, nowMs);
  return derived;
}

/** Remembers the id that D1 has for an external user. */
export const rememberUserId = (
  config: Config,
  externalId: string,
  userId: string,
  nowMs: number,
): void => cacheOf(config).set(externalId, userId, Number.POSITIVE_INFINITY, nowMs);
