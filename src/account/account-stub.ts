import type { Env } from "../env.ts";
import type { CreditAccount } from "./credit-account.ts";

/** How many ids an isolate remembers. More users than that at once are hashed again. */
const CACHED_IDS_MAX = 10_000;

const idCaches = new WeakMap<DurableObjectNamespace, Map<string, DurableObjectId>>();

/**
 * The id of a user's object. It is a hash of the user's id, and never another: each chat would work
 * it out twice.
 */
function objectIdOf(
  namespace: DurableObjectNamespace<CreditAccount>,
  userId: string,
): DurableObjectId {
  const cache = idCaches.get(namespace) ?? new Map<string, DurableObjectId>();
  idCaches.set(namespace, cache);
  const cached = cache.get(userId);
  if (cached !== undefined) return cached;
  if (cache.size >= CACHED_IDS_MAX) cache.clear();
  const id = namespace.idFromName(userId);
  cache.set(userId, id);
  return id;
}

/** The one object that holds a user's money. Every decision about value is made inside it. */
export const creditAccount = (
  { CREDIT_ACCOUNT }: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
): DurableObjectStub<CreditAccount> => CREDIT_ACCOUNT.get(objectIdOf(CREDIT_ACCOUNT, userId));
