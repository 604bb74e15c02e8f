import { and, eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { verifyPassword } from "../passwords/password-hash.ts";
import { users, verifications } from "../tables.ts";
import { auditAdminByProof, isAdminByProof } from "../users/admin-email.ts";
import { findByCode, findByToken, type Verification } from "../verification/find-verification.ts";
import { addUser } from "./register-user.ts";
import { checkSignInRateLimit } from "./sign-in-rate-limit.ts";
import type { SignedIn } from "./wire.ts";

/**
 * The proof of a sign-up: the code, with the id that whoever signed up was given; or the link's
 * token, with that id or the password.
 */
export type SignUpProof =
  | { readonly verificationId: string; readonly code: string }
  | { readonly token: string; readonly verificationId: string }
  | { readonly token: string; readonly password: string };

const WRONG_PASSWORD = fail(
  "invalid_credentials",
  "Wrong password. Enter the one you signed up with, or sign up again.",
  { param: "password" },
);

const isOwn = (proof: SignUpProof, found: Verification): boolean =>
  "password" in proof
    ? verifyPassword(proof.password, found.passwordHash ?? undefined).matches
    : proof.verificationId === found.id;

/**
 * Adds the user whose address is now proved, and begins a session.
 *
 * A link alone confirms nothing: somebody else may have signed up with this address and a password
 * of their own, and would have an account that its owner confirmed.
 * @param request names the caller's network and device
 * @returns `invalid_request` for a link or code that is wrong or used; `invalid_credentials` for a
 *   password that is not that of the sign-up; `rate_limit_exceeded`, which spends nothing;
 *   `email_taken`
 */
export async function confirmSignUp(
  ctx: Context,
  request: Request,
  proof: SignUpProof,
  language: Language,
): Promise<Result<SignedIn>> {
  const { db, env, config, nowMs } = ctx;
  const subject = "token" in proof ? proof.token : proof.verificationId;
  const allowed = await checkSignInRateLimit(env, "confirm", request.headers, subject);
  if (!allowed.ok) return allowed;
  const found =
    "code" in proof
      ? await findByCode(ctx, { id: proof.verificationId }, proof.code, ["sign_up"])
      : await findByToken(ctx, proof.token, ["sign_up"]);
  if (!found.ok) return found;
  const { value } = found;
  const { email, emailNormalized, name, passwordHash } = value;
  if (passwordHash === null || !isOwn(proof, value)) return WRONG_PASSWORD;
  const role = isAdminByProof(config, emailNormalized) ? "admin" : "user";
  const isUser = sql`exists (
    select 1 from ${users} where ${users.emailNormalized} = ${emailNormalized}
  )`;
  return await addUser(
    ctx,
    { email, name, passwordHash, role, emailVerifiedAt: nowMs, language },
    { method: "mail", request },
    async (userId) => [
      ...(role === "admin" ? [auditAdminByProof(ctx, userId)] : []),
      db.delete(verifications).where(
        and(
          eq(verifications.emailNormalized, emailNormalized),
          eq(verifications.purpose, "sign_up"),
          // Where too many signed up from this network today, the link stays good.
          isUser,
        ),
      ),
    ],
  );
}
