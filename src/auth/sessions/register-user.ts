import { findFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import { newUserId } from "../../ids.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { checkNewPassword } from "../passwords/password-rules.ts";
import { isAdminBySignUp } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import { insertUser, type User } from "../users/users.ts";
import { startSession } from "./sign-in.ts";
import type { SignedIn } from "./wire.ts";

/**
 * Signs a new user up, on the free plan, and in.
 *
 * The row comes first, because its unique address decides between several sign-ups at once. Then
 * the credit account is opened, then the row records that, then the session begins. After a crash
 * in between, the address is taken and its owner signs in, which does the rest. The other order
 * would leave an account object behind for every attempt at a taken address.
 *
 * Trust: on a machine of one's own the first to register an address of ADMIN_EMAILS is an admin.
 * @returns `email_taken`; `misconfigured` when the catalog has no free plan
 */
export async function registerUser(
  ctx: Context,
  input: { email: string; password: string; name?: string | undefined },
): Promise<Result<SignedIn>> {
  const emailNormalized = normalizeEmail(input.email);
  const context = { emailNormalized, publicUrl: ctx.config.PUBLIC_URL };
  const password = checkNewPassword(input.password, context, "password");
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
    role: isAdminBySignUp(ctx.config, emailNormalized) ? "admin" : "user",
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
