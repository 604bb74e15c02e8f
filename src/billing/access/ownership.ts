import type { Caller } from "../../auth/index.ts";
import { fail, ok, type Result } from "../../errors.ts";

/**
 * Decides which user's sales a list shows (I10): the caller's own, or for an admin anyone's.
 * @param requestedUserId a user's id or `me`; undefined when none was named
 * @returns null for everyone's; `not_found` for another user's, as for a user who does not exist
 */
export function ownerFilter(
  caller: Caller,
  requestedUserId: string | undefined,
): Result<string | null> {
  const userId = requestedUserId === "me" ? caller.userId : requestedUserId;
  if (caller.role === "admin") return ok(userId ?? null);
  if (userId === undefined || userId === caller.userId) return ok(caller.userId);
  return fail("not_found", `There is no user ${userId}.`);
}

/** Returns whether a caller may see what belongs to a user. */
export const canView = (caller: Caller, ownerId: string): boolean =>
  caller.role === "admin" || caller.userId === ownerId;
