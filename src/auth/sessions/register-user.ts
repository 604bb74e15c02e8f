import type { BatchItem } from "drizzle-orm/batch";
import { findFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newUserId } from "../../ids.ts";
import type { Language } from "../../languages.ts";
import { composeMail, isMailOn, languageIfChanged, mailIfChanged } from "../../mail/index.ts";
import { toIso, toUtcDay } from "../../time.ts";
import { admitPassword } from "../passwords/admit-password.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import type { SignInMethod } from "../tables.ts";
import { isAdminBySignUp } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import { claimFreeAllowance } from "../users/free-allowance.ts";
import {
  type Credentials,
  findCredentials,
  insertUser,
  isAddressTaken,
  type User,
} from "../users/users.ts";
import {
  draftVerification,
  type MailedVerification,
  queueVerification,
} from "../verification/mail-link.ts";
import { TOO_MANY_MAILS } from "../verification/send-email-proof.ts";
import { readDevice } from "./device.ts";
import { checkSignUpPlaces, findSignUpPlaces } from "./sign-up-places.ts";
import { beginSession } from "./start-session.ts";
import type { SignedIn, SignUpPending } from "./wire.ts";

/** The fields of a new user that come from the request or from its mail. */
interface SignUpFields {
  readonly email: string;
  readonly name: string | null;
  readonly passwordHash: string;
  readonly role: User["role"];
  readonly emailVerifiedAt: number | null;
  /** In which mails are written from now on. */
  readonly language: Language;
}

/** The session that a new user begins with. */
interface FirstSession {
  readonly method: SignInMethod;
  /** The request that begins it, which names the network and the device. */
  readonly request: Request;
}

/** The outcome of signing up: signed in, or a mail that has to be answered first. */
export type SignUp =
  | { readonly kind: "signed_in"; readonly signedIn: SignedIn }
  | { readonly kind: "pending"; readonly pending: SignUpPending };

const EMAIL_TAKEN = fail("email_taken", "That email already has an account. Sign in instead.", {
  param: "email",
});

/**
 * Adds a user on the free plan, and begins a session.
 *
 * The row comes first, because its unique address decides between several sign-ups at once. Then
 * the credit account is opened, then the row records that, then the session begins. After a crash
 * in between, the address is taken and its owner signs in, which does the rest. The other order
 * would leave an account object behind for every attempt at a taken address.
 * @param statementsOf more of the batch that inserts the row, right after it
 * @returns `email_taken`; `rate_limit_exceeded` when too many signed up from this network today
 */
export async function addUser(
  ctx: Context,
  fields: SignUpFields,
  { method, request }: FirstSession,
  statementsOf: (userId: string) => Promise<readonly BatchItem<"sqlite">[]>,
): Promise<Result<SignedIn>> {
  const plan = await findFreePlan(ctx.db);
  if (plan === undefined)
    return fail(
      "misconfigured",
      "Sign-ups aren't open yet: the catalog has no free plan. The operator must load one.",
    );
  const { headers } = request;
  const { passwordHash, language, ...profile } = fields;
  const emailNormalized = normalizeEmail(fields.email);
  const user = {
    ...profile,
    id: newUserId(),
    planId: plan.id,
    planVersion: null,
    assignedPlanId: null,
    firstPaidAt: null,
    suspendedAt: null,
    suspensionReason: null,
    pausesSubscriptions: false,
    isSuspensionPending: false,
    createdAt: ctx.nowMs,
    externalId: null,
    metadata: null,
    isExternal: false,
  };
  const [claim, places] = await Promise.all([
    claimFreeAllowance(ctx, emailNormalized),
    findSignUpPlaces(ctx, headers, "user"),
  ]);
  const row = { ...user, emailNormalized, passwordHash };
  const statements = [
    languageIfChanged(ctx.db, user.id, language, ctx.nowMs),
    ...places.take,
    ...(await statementsOf(user.id)),
  ];
  const added = await insertUser(ctx.db, row, claim, places.isFree, statements);
  if (added !== undefined) {
    const device = readDevice(request);
    const proof = { method, device, passwordHash, isTwoFactor: false };
    return await beginSession(ctx, { ...user, ...added }, proof);
  }
  if (await isAddressTaken(ctx.db, emailNormalized)) return EMAIL_TAKEN;
  const limited = await checkSignUpPlaces(ctx, headers, "user");
  return limited.ok ? EMAIL_TAKEN : limited;
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
  headers: Headers,
  { email, name, passwordHash }: Pick<SignUpFields, "email" | "name" | "passwordHash">,
  language: Language,
): Promise<Result<SignUp>> {
  const places = await findSignUpPlaces(ctx, headers, "mail");
  const mayAsk = places.isFree;
  const terms = { purpose: "sign_up", userId: null, email, name, passwordHash, mayAsk } as const;
  const [draft, owner] = await Promise.all([
    draftVerification(ctx, terms, language),
    findCredentials(ctx.db, { emailNormalized: normalizeEmail(email) }),
  ]);
  const mailed = owner === undefined ? draft : await tellOwner(ctx, owner, draft, language);
  if (!(await queueVerification(ctx.db, mailed, places.take))) {
    const limited = await checkSignUpPlaces(ctx, headers, "mail");
    return limited.ok ? TOO_MANY_MAILS : limited;
  }
  const pending = { verificationId: draft.id, email, expiresAt: toIso(draft.expiresAtMs) };
  return ok({ kind: "pending", pending });
}

/** Signs a new user up at once. Where mails can be sent, one asks to prove the address. */
async function signUpAtOnce(
  ctx: Context,
  request: Request,
  { email, name, passwordHash }: Pick<SignUpFields, "email" | "name" | "passwordHash">,
  language: Language,
): Promise<Result<SignUp>> {
  const isAdmin = isAdminBySignUp(ctx.config, normalizeEmail(email));
  const role = isAdmin ? "admin" : "user";
  const newUser = { email, name, passwordHash, role, emailVerifiedAt: null, language } as const;
  const session = { method: "password", request } as const;
  const signedIn = await addUser(ctx, newUser, session, async (userId) => {
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
 * @param request the request, which names the network and the device
 * @returns `email_taken`, but not where the address has to be proved; `rate_limit_exceeded` where
 *   it got five mails within the hour, or too many signed up from this network today;
 *   `misconfigured` when the catalog has no free plan
 */
export async function registerUser(
  ctx: Context,
  request: Request,
  input: { email: string; password: string; name?: string | undefined },
  language: Language,
): Promise<Result<SignUp>> {
  const { headers } = request;
  const needsProof = isMailOn(ctx) && ctx.config.FREE_PLAN_NEEDS_PROOF;
  // The statement that signs up decides. Asked before, a full network costs no hash of a password.
  const hasPlace = await checkSignUpPlaces(ctx, headers, needsProof ? "mail" : "user");
  if (!hasPlace.ok) return hasPlace;
  const { email, name = null } = input;
  const emailNormalized = normalizeEmail(email);
  const password = await admitPassword(ctx.config, input.password, emailNormalized, "password");
  if (!password.ok) return password;
  const newUser = { email, name, passwordHash: hashPassword(password.value) };
  return needsProof
    ? await beginSignUp(ctx, headers, newUser, language)
    : await signUpAtOnce(ctx, request, newUser, language);
}
