import { creditAccount } from "../account/index.ts";
import { record } from "../audit/index.ts";
import { findUser } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { fail, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";

/**
 * Revokes a user's API key, from the next request on. The audit entry is appended before, once, so
 * that an admin revokes none without one.
 * @returns `not_found` for an unknown user or key
 */
export async function revokeUserKey(
  { env, db, nowMs, actor }: Context,
  userId: string,
  { keyId, reason }: { readonly keyId: string; readonly reason: string },
): Promise<Result<{ keyId: string }>> {
  if ((await findUser(db, userId)) === undefined)
    return fail("not_found", `There is no user ${userId}.`);
  const account = creditAccount(env, userId);
  const keys = await orUnavailable(account.listKeys());
  if (!keys.some((key) => key.keyId === keyId))
    return fail("not_found", `This user has no API key ${keyId}.`);
  const entry = { actor, action: "api_key.revoked", subjectId: keyId, userId, reason };
  await record(db, { ...entry, onceKey: `${userId}:${keyId}:revoked` }, nowMs);
  return await orUnavailable(account.revokeKey(keyId));
}
