import type { Env } from "../env.ts";
import type { CreditAccount } from "./credit-account.ts";

/** How many ids an isolate remembers. More users than that at once are hashed again. */
const MOST_IDS = 10_000;

const ids = new WeakMap<DurableObjectNamespace, Map<string, DurableObjectId>>();

/**
 * The id of a user's object. It is a hash of the user's id, and never another: each chat would work
 * it out twice.
 */
function idOf(namespace: DurableObjectNamespace<CreditAccount>, userId: string): DurableObjectId {
  const known = ids.get(namespace) ?? new Map<string, DurableObjectId>();
  ids.set(namespace, known);
  const seen = known.get(userId);
  if (seen !== undefined) return seen;
  if (known.size >= MOST_IDS) known.clear();
  const id = namespace.idFromName(userId);
  known.set(userId, id);
  return id;
}

/** The one object that holds a user's money. Every decision about value is made inside it. */
export const creditAccount = (
  { CREDIT_ACCOUNT }: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
): DurableObjectStub<CreditAccount> => CREDIT_ACCOUNT.get(idOf(CREDIT_ACCOUNT, userId));
