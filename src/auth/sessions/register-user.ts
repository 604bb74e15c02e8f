import type { BatchItem } from "drizzle-orm/batch";
import { findFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newUserId } from "../../ids.ts";
import type { Language } from "../../languages.ts";
import { composeMail, isMailOn, mailIfChanged } from "../../mail/index.ts";
import { toIso, toUtcDay } from "../../time.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { checkNewPassword } from "../passwords/password-rules.ts";
import { isAdminBySignUp } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import { type Credentials, findCredentials, insertUser, type User } from "../users/users.ts";
import {
  draftVerification,
  type MailedVerification,
  queueVerification,
} from "../verification/mail-link.ts";
import { TOO_MANY_MAILS } from "../verification/send-email-proof.ts";
import { startSession } from "./sign-in.ts";
import type { SignedIn, SignUpPending } from "./wire.ts";

/** The fields of a new user that come from the request or from its mail. */
interface NewUser {
  readonly email: string;
  readonly name: string | null;
  readonly passwordHash: string;
  readonly role: User["role"];
  readonly emailVerifiedAt: number | null;
}

/** The outcome of signing up: signed in, or a mail that has to be answered first. */
export type SignUp =
  | { readonly kind: "signed_in"; readonly signedIn: SignedIn }
  | { readonly kind: "pending"; readonly pending: SignUpPending };

const EMAIL_TAKEN = fail(
  "email_taken",
  "There is a user with this address already. Sign in instead.",
  { param: "email" },
);

/**
 * Adds a user on the free plan, and begins a session.
 *
 * The row comes first, because its unique address decides between several sign-ups at once. Then
 * the credit account is opened, then the row records that, then the session begins. After a crash
 * in between, the address is taken and its owner signs in, which does the rest. The other order
 * would leave an account object behind for every attempt at a taken address.
 * @param statementsOf more of the batch that inserts the row
 */
export async function addUser(
  ctx: Context,
  newUser: NewUser,
  statementsOf: (userId: string) => Promise<readonly BatchItem<"sqlite">[]>,
): Promise<Result<SignedIn>> {
  const plan = await findFreePlan(ctx.db);
  if (plan === undefined)
    return fail(
      "misconfigured",
      "The catalog has no free plan to begin with. The operator has to load one.",
    );
  const { passwordHash, ...fields } = newUser;
  const user: User = {
    ...fields,
    id: newUserId(),
    planId: plan.id,
    planVersion: null,
    assignedPlanId: null,
    firstPaidAt: null,
    createdAt: ctx.nowMs,
  };
  const row = { ...user, emailNormalized: normalizeEmail(user.email), passwordHash };
  const isNew = await insertUser(ctx.db, row, await statementsOf(user.id));
  return isNew ? await startSession(ctx, user, passwordHash) : EMAIL_TAKEN;
}

/** Tells the owner of an address that somebody tried to sign up with it, once a day. */
async function tellOwner(
  ctx: Context,
  { user }: Credentials,
  draft: MailedVerification,
  language: Language,
): Promise<MailedVerification> {
  const { PUBLIC_URL } = ctx.config;
  const mail = await composeMail(ctx, {
    kind: "already_registered",
    facts: { signInUrl: `${PUBLIC_URL}/login`, forgotUrl: `${PUBLIC_URL}/forgot` },
    to: user.email,
    userId: user.id,
    language,
    onceKey: `already_registered:${user.id}:${toUtcDay(ctx.nowMs)}`,
  });
  return { ...draft, mail };
}

/**
 * Keeps a sign-up until its address is proved, and mails a link and a code. A taken address gets
 * the same answer: its owner is told by mail, and the code that would confirm it is nobody's.
 */
async function beginSignUp(
  ctx: Context,
  { email, name, passwordHash }: Pick<NewUser, "email" | "name" | "passwordHash">,
  language: Language,
): Promise<Result<SignUp>> {
  const terms = { purpose: "sign_up", userId: null, email, name, passwordHash } as const;
  const [draft, owner] = await Promise.all([
    draftVerification(ctx, terms, language),
    findCredentials(ctx.db, { emailNormalized: normalizeEmail(email) }),
  ]);
  const mailed = owner === undefined ? draft : await tellOwner(ctx, owner, draft, language);
  if (!(await queueVerification(ctx.db, mailed))) return TOO_MANY_MAILS;
  const pending = { verificationId: draft.id, email, expiresAt: toIso(draft.expiresAtMs) };
  return ok({ kind: "pending", pending });
}

/** Signs a new user up at once. Where mails can be sent, one asks to prove the address. */
async function signUpAtOnce(
  ctx: Context,
  { email, name, passwordHash }: Pick<NewUser, "email" | "name" | "passwordHash">,
  language: Language,
): Promise<Result<SignUp>> {
  const isAdmin = isAdminBySignUp(ctx.config, normalizeEmail(email));
  const role = isAdmin ? "admin" : "user";
  const newUser = { email, name, passwordHash, role, emailVerifiedAt: null } as const;
  const signedIn = await addUser(ctx, newUser, async (userId) => {
    if (!isMailOn(ctx)) return [];
    const draft = await draftVerification(ctx, { purpose: "email", userId, email }, language);
    return [draft.insert, mailIfChanged(ctx.db, draft.mail)];
  });
  return signedIn.ok ? ok({ kind: "signed_in", signedIn: signedIn.value }) : signedIn;
}

/**
 * Signs a new user up. Where mails can be sent and FREE_PLAN_NEEDS_PROOF is on, the user, and with
 * it the free plan, begins once the address is proved (`confirm-sign-up.ts`). Until then nothing
 * but the wish is kept, so that several people may try one address, and its owner gets it.
 *
 * Trust: on a machine of one's own the first to register an address of ADMIN_EMAILS is an admin.
 * @returns `email_taken`, but not where the address has to be proved; `rate_limit_exceeded` where
 *   it got five mails within the hour; `misconfigured` when the catalog has no free plan
 */
export async function registerUser(
  ctx: Context,
  input: { email: string; password: string; name?: string | undefined },
  language: Language,
): Promise<Result<SignUp>> {
  const context = {
    emailNormalized: normalizeEmail(input.email),
    publicUrl: ctx.config.PUBLIC_URL,
  };
  const password = checkNewPassword(input.password, context, "password");
  if (!password.ok) return password;
  const { email, name = null } = input;
  const newUser = { email, name, passwordHash: hashPassword(password.value) };
  return isMailOn(ctx) && ctx.config.FREE_PLAN_NEEDS_PROOF
    ? await beginSignUp(ctx, newUser, language)
    : await signUpAtOnce(ctx, newUser, language);
}
