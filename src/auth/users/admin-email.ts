import type { BatchItem } from "drizzle-orm/batch";
import { auditIfChanged, auditStatement } from "../../audit/index.ts";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
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

/** Returns whether whoever proves an address becomes an admin: where ADMIN_EMAILS lists it. */
export const isAdminByProof = (
  { ADMIN_EMAILS }: Pick<Config, "ADMIN_EMAILS">,
  emailNormalized: string,
): boolean => ADMIN_EMAILS.includes(emailNormalized);

type AuditContext = Pick<Context, "db" | "actor" | "nowMs">;

const newAdminEntry = ({ actor }: AuditContext, userId: string, reason: string) => ({
  actor,
  action: "user.role_changed",
  subjectId: userId,
  userId,
  reason,
  after: { role: "admin" },
});

/**
 * Returns the audit entry of somebody who became an admin by proving an address. It is appended if
 * the statement right before it in the batch changed a row.
 */
export const auditAdminByProof = (ctx: AuditContext, userId: string): BatchItem<"sqlite"> =>
  auditIfChanged(ctx.db, newAdminEntry(ctx, userId, "ADMIN_EMAILS"), ctx.nowMs);

/** Returns the same of the first admin, who showed the token of the set-up. */
export const auditAdminByToken = (ctx: AuditContext, userId: string): BatchItem<"sqlite"> =>
  auditStatement(ctx.db, newAdminEntry(ctx, userId, "SETUP_TOKEN"), ctx.nowMs);

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
    "email: this address is in ADMIN_EMAILS, so the next user with it would become an " +
      "admin. Ask the operator to remove it there first.",
    { param: "email" },
  );
}
