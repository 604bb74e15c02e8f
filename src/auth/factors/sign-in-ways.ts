import { type SQL, sql } from "drizzle-orm";
import { NO_PASSWORD } from "../passwords/password-hash.ts";
import { passkeys, users } from "../tables.ts";

/** A user's way to sign in that is about to be removed. */
export type RemovedWay =
  | { readonly kind: "password" }
  | { readonly kind: "passkey"; readonly id: string }
  | { readonly kind: "identity"; readonly id: string };

/**
 * Whether a user can still sign in without one of their ways, for the condition of the statement
 * that removes it: of two removals at once the second is refused.
 */
export function hasOtherWay(userId: string, without: RemovedWay): SQL {
  const password = sql`exists (
    select 1 from ${users} where ${users.id} = ${userId}
      and ${users.passwordHash} <> ${NO_PASSWORD}
  )`;
  const passkeyId = without.kind === "passkey" ? without.id : "";
  const passkey = sql`exists (
    select 1 from ${passkeys} where ${passkeys.userId} = ${userId}
      and ${passkeys.id} <> ${passkeyId}
  )`;
  const identityId = without.kind === "identity" ? without.id : "";
  const identity = sql`exists (
    select 1 from identities as others where others.user_id = ${userId}
      and others.id <> ${identityId}
  )`;
  return without.kind === "password"
    ? sql`(${passkey} or ${identity})`
    : sql`(${password} or ${passkey} or ${identity})`;
}
