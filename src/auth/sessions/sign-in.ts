import { creditAccount } from "../../account/index.ts";
import { findPlan, toEntitlement } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { hashPassword, verifyPassword } from "../passwords/password-hash.ts";
import { normalizeEmail } from "../users/email.ts";
import { loadUserView } from "../users/user-view.ts";
import {
  type Credentials,
  findCredentials,
  replacePasswordHash,
  setPlanVersion,
  type User,
} from "../users/users.ts";
import { ACCESS_TOKEN_TTL_SECONDS, signAccessToken } from "./access-token.ts";
import { endOldestSessions } from "./end-sessions.ts";
import { hashAddress } from "./hash-address.ts";
import { createSession, type NewSession } from "./sessions.ts";
import type { SignedIn, TokenPair } from "./wire.ts";

/** Issues the pair of tokens for a session whose refresh token is new. */
export async function issueTokenPair(
  ctx: Context,
  session: NewSession,
  role: User["role"],
): Promise<TokenPair> {
  const { config, nowMs } = ctx;
  const { userId, sessionId, refreshToken } = session;
  const accessToken = await signAccessToken(config, { userId, role, sessionId }, nowMs);
  return { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_TTL_SECONDS };
}

/**
 * Opens the credit account of a user who has none yet. Idempotent: it may be repeated after a crash
 * anywhere in it.
 */
async function openCreditAccount({ env, db }: Context, user: User): Promise<void> {
  const plan = await findPlan(db, user.planId);
  if (plan === undefined)
    throw new Error(`The plan ${user.planId} of ${user.id} is not in the catalog.`);
  await orUnavailable(
    creditAccount(env, user.id).open({ userId: user.id, entitlement: toEntitlement(plan) }),
  );
  await setPlanVersion(db, user.id, plan);
}

const WRONG_CREDENTIALS = fail("invalid_credentials", "The address or the password is wrong.");

/**
 * Begins a session for a user whose password was checked. First finishes an interrupted
 * registration, so that a crash after the user's row was written costs its owner one sign-in.
 * @returns `invalid_credentials` when the password has been changed meanwhile
 */
export async function startSession(
  ctx: Context,
  user: User,
  passwordHash: string,
): Promise<Result<SignedIn>> {
  if (user.planVersion === null) await openCreditAccount(ctx, user);
  const view = await loadUserView(ctx, user);
  if (!view.ok) return view;
  const session = await createSession(ctx.db, { userId: user.id, passwordHash }, ctx.nowMs);
  if (session === undefined) return WRONG_CREDENTIALS;
  await endOldestSessions(ctx, user.id, session.sessionId);
  return ok({ user: view.value, ...(await issueTokenPair(ctx, session, user.role)) });
}

/**
 * Replaces a hash of older parameters, now that the password is known.
 * @returns the hash that is stored now
 */
async function rehashPassword(
  db: Database,
  { user, passwordHash }: Credentials,
  password: string,
): Promise<string> {
  const renewed = hashPassword(password);
  return (await replacePasswordHash(db, user.id, passwordHash, renewed)) ? renewed : passwordHash;
}

/**
 * Signs a user in. A wrong address and a wrong password cannot be distinguished: both get the same
 * answer after the same work.
 */
export async function signIn(
  ctx: Context,
  input: { email: string; password: string },
): Promise<Result<SignedIn>> {
  const emailNormalized = normalizeEmail(input.email);
  const credentials = await findCredentials(ctx.db, { emailNormalized });
  const { matches, isStale } = verifyPassword(input.password, credentials?.passwordHash);
  if (credentials === undefined || !matches) {
    const address = await hashAddress(ctx.config.JWT_SECRET, emailNormalized);
    log.warn("sign_in.refused", { address });
    return WRONG_CREDENTIALS;
  }
  const passwordHash = isStale
    ? await rehashPassword(ctx.db, credentials, input.password)
    : credentials.passwordHash;
  return await startSession(ctx, credentials.user, passwordHash);
}
