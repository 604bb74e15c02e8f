import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { normalizeEmail } from "./email.ts";
import type { User } from "./users.ts";

/**
 * Checks that a user does not give up an address that makes an admin of the next person who signs
 * up with it.
 * @param newEmail the address that the user changes to; undefined when the user is erased
 * @returns `conflict` while ADMIN_EMAILS lists the present address
 */
export function checkAdminEmail(
  { ADMIN_EMAILS }: Pick<Config, "ADMIN_EMAILS">,
  user: User | undefined,
  newEmail?: string,
): Result<true> {
  const current = normalizeEmail(user?.email ?? "");
  const isKept = newEmail !== undefined && normalizeEmail(newEmail) === current;
  if (isKept || !ADMIN_EMAILS.includes(current)) return ok(true);
  return fail(
    "conflict",
    "email: ADMIN_EMAILS names this address, so whoever signed up with it next would be an " +
      "admin. Have it taken out there first.",
    { param: "email" },
  );
}
