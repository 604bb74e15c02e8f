import { findFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import { newUserId } from "../../ids.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { checkNewPassword } from "../passwords/password-rules.ts";
import { normalizeEmail } from "../users/email.ts";
import { insertUser, type User } from "../users/users.ts";
import { type SignInResult, startSession } from "./sign-in.ts";

/**
 * Signs a new user up, on the Free plan, and in.
 *
 * The row comes first, because its unique address decides which of many at once is the one; then
 * the credit account is opened, then the row says so, then the session begins. After a crash in
 * between, the address is taken and its owner signs in, which does what is missing. The other order
 * would leave an account object behind for every attempt at a taken address.
 *
 * Trust: whoever registers an address of ADMIN_EMAILS first is an admin, since nobody proves to own
 * their address.
 */
export async function registerUser(
  ctx: Context,
  input: { email: string; password: string; name?: string | undefined },
): Promise<Result<SignInResult>> {
  const emailNormalized = normalizeEmail(input.email);
  const password = checkNewPassword(input.password, emailNormalized, "password");
  if (!password.ok) return password;
  const plan = await findFreePlan(ctx.db);
  if (plan === undefined)
    return fail(
      "misconfigured",
      "The catalog has no free plan to begin with. The operator has to load one.",
    );
  const user: User = {
    id: newUserId(),
    email: input.email,
    name: input.name ?? null,
    role: ctx.config.ADMIN_EMAILS.includes(emailNormalized) ? "admin" : "user",
    planId: plan.id,
    planVersion: null,
    assignedPlanId: null,
    firstPaidAt: null,
    createdAt: ctx.nowMs,
  };
  const passwordHash = hashPassword(password.value);
  const isNew = await insertUser(ctx.db, { ...user, emailNormalized, passwordHash });
  if (!isNew)
    return fail("email_taken", "There is a user with this address already. Sign in instead.", {
      param: "email",
    });
  return await startSession(ctx, user, passwordHash);
}
