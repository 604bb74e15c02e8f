import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { normalizeEmail } from "./email.ts";
import type { User } from "./users.ts";

/**
 * Returns whether whoever signs up with an address is an admin: where ADMIN_EMAILS lists it, on a
 * machine of one's own. Addresses are not proved, so where PUBLIC_URL is https, which is to say
 * deployed, nobody becomes an admin by signing up: `npm run admin` makes one of a user.
 */
export const isAdminBySignUp = (
  { ADMIN_EMAILS, PUBLIC_URL }: Pick<Config, "ADMIN_EMAILS" | "PUBLIC_URL">,
  emailNormalized: string,
): boolean => !PUBLIC_URL.startsWith("https:") && ADMIN_EMAILS.includes(emailNormalized);

/**
 * Returns the role that comes with an address that was proved: that of an admin where ADMIN_EMAILS
 * lists it. No field where it does not, so that nobody loses a role by proving an address.
 */
export const roleOfProved = (
  { ADMIN_EMAILS }: Pick<Config, "ADMIN_EMAILS">,
  emailNormalized: string,
): { role?: "admin" } => (ADMIN_EMAILS.includes(emailNormalized) ? { role: "admin" } : {});

/**
 * Checks that a user does not give up an address that makes an admin of the next person who signs
 * up with it.
 * @param newEmail the address that the user changes to; undefined when the user is erased
 * @returns `conflict` while ADMIN_EMAILS lists the present address
 */
export function checkAdminEmail(
  config: Pick<Config, "ADMIN_EMAILS" | "PUBLIC_URL">,
  user: User | undefined,
  newEmail?: string,
): Result<true> {
  const current = normalizeEmail(user?.email ?? "");
  const isKept = newEmail !== undefined && normalizeEmail(newEmail) === current;
  if (isKept || !isAdminBySignUp(config, current)) return ok(true);
  return fail(
    "conflict",
    "email: ADMIN_EMAILS names this address, so whoever signed up with it next would be an " +
      "admin. Have it taken out there first.",
    { param: "email" },
  );
}
