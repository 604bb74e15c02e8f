import { and, eq, isNull } from "drizzle-orm";
import { findFreePlan, loadFirstFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { sha256Hex } from "../../digest.ts";
import { fail, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { admitPassword } from "../passwords/admit-password.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { users } from "../tables.ts";
import { auditAdminByToken } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import { addUser } from "./register-user.ts";
import type { SignedIn } from "./wire.ts";

/** The fields by which the first admin signs up. */
interface FirstAdmin {
  readonly setupToken: string;
  readonly email: string;
  readonly password: string;
  readonly name?: string | null | undefined;
}

async function hasAdmin(db: Database): Promise<boolean> {
  const admin = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "admin"), isNull(users.erasingAt)))
    .limit(1);
  return admin.length > 0;
}

/** Whether the first admin may sign up by SETUP_TOKEN: it is set, and there is no admin. */
export const isFirstAdminAwaited = async ({
  config,
  db,
}: Pick<Context, "config" | "db">): Promise<boolean> =>
  config.SETUP_TOKEN !== "" && !(await hasAdmin(db));

const NOT_AWAITED = fail(
  "not_found",
  "No first admin is awaited here: there is one, or SETUP_TOKEN is not set.",
);

/**
 * Signs up the first admin, who shows SETUP_TOKEN. No mail is needed, and no catalog: a free plan
 * is made where there is none. Of two at once with the right token both may become admins: both
 * know it.
 * @returns `not_found` where there is an admin or no token is set, `invalid_credentials` for a
 *   wrong token, `email_taken`
 */
export async function registerFirstAdmin(
  ctx: Context,
  request: Request,
  { setupToken, email, password: typed, name = null }: FirstAdmin,
  language: Language,
): Promise<Result<SignedIn>> {
  const { config, db, nowMs } = ctx;
  if (!(await isFirstAdminAwaited(ctx))) return NOT_AWAITED;
  // Digests are compared, so that how long it takes tells nothing of the token.
  if ((await sha256Hex(setupToken)) !== (await sha256Hex(config.SETUP_TOKEN)))
    return fail("invalid_credentials", "setupToken: this is not SETUP_TOKEN.", {
      param: "setupToken",
    });
  const password = await admitPassword(config, typed, normalizeEmail(email), "password");
  if (!password.ok) return password;
  if ((await findFreePlan(db)) === undefined) await loadFirstFreePlan(db, nowMs);
  const passwordHash = hashPassword(password.value);
  const fields = {
    email,
    name,
    passwordHash,
    role: "admin",
    emailVerifiedAt: null,
    language,
  } as const;
  return await addUser(ctx, fields, { method: "password", request }, (userId) =>
    Promise.resolve([auditAdminByToken(ctx, userId)]),
  );
}
