import type { Caller } from "../caller.ts";

/**
 * Resolves the user that a path names: the caller's own (`me`), or any user for an admin.
 * @returns undefined when the caller must not even know whether that user exists
 */
export function resolveUserId(caller: Caller, param: string): string | undefined {
  if (param === "me" || param === caller.userId) return caller.userId;
  return caller.role === "admin" ? param : undefined;
}
