import { creditAccount } from "../../account/index.ts";
import { entitlementOf, findPlan } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import { type Database, database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { hashPassword, verifyPassword } from "../passwords/password-hash.ts";
import { reach } from "../reach.ts";
import { normalizeEmail } from "../users/address.ts";
import { describeUser, type UserView } from "../users/describe-user.ts";
import {
  type Credentials,
  findCredentials,
  setPlanVersion,
  replaceHash,
  type User,
} from "../users/users.ts";
import { ACCESS_TOKEN_TTL_SECONDS, signAccessToken } from "./access-token.ts";
import { openSession } from "./sessions.ts";

/** What the verbs of this room work with. */
export interface AuthContext {
  readonly env: Env;
  readonly config: Config;
  readonly db: Database;
}

/** Those of a request. */
export const contextOf = (c: { env: Env; var: { config: Config } }): AuthContext => ({
  env: c.env,
  config: c.var.config,
  db: database(c.env.DB),
});

/** Tokens as the wire shows them; `expiresIn` is the access token's, in seconds. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}
export type SignedIn = TokenPair & { readonly user: UserView };

/** The tokens for a session whose refresh token is new. */
export async function tokenPair(
  config: Config,
  session: { userId: string; sessionId: string; refreshToken: string },
  role: User["role"],
  nowMs: number,
): Promise<TokenPair> {
  const { userId, sessionId, refreshToken } = session;
  const accessToken = await signAccessToken(config, { userId, role, sessionId }, nowMs);
  return { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_TTL_SECONDS };
}

/**
 * Opens the credit account of a user who has none yet. Idempotent, so it may be tried again after a
 * crash anywhere in it.
 */
async function openAccount({ env, db }: AuthContext, user: User): Promise<void> {
  const plan = await findPlan(db, user.planId);
  if (plan === undefined)
    throw new Error(`The plan ${user.planId} of ${user.id} is not in the catalog.`);
  await reach(
    creditAccount(env, user.id).open({ userId: user.id, entitlement: entitlementOf(plan) }),
  );
  await setPlanVersion(db, user.id, plan);
}

const WRONG = fail("invalid_credentials", "The address or the password is wrong.");

/**
 * Begins a session for a user whose password was checked. What registration did not get to do is
 * done here: so a crash after the user's row was written costs nothing but a sign-in.
 */
export async function beginSession(
  ctx: AuthContext,
  user: User,
  passwordHash: string,
  nowMs: number,
): Promise<Result<SignedIn>> {
  if (user.planVersion === null) await openAccount(ctx, user);
  const view = await describeUser(ctx.env, ctx.db, user);
  if (!view.ok) return view;
  const session = await openSession(ctx.db, { userId: user.id, passwordHash }, nowMs);
  if (session === undefined) return WRONG;
  return ok({ user: view.value, ...(await tokenPair(ctx.config, session, user.role, nowMs)) });
}

/** Today's parameters for a password that was stored with others, now that it is known again. */
async function rehash(
  db: Database,
  { user, passwordHash }: Credentials,
  password: string,
): Promise<string> {
  const renewed = hashPassword(password);
  return (await replaceHash(db, user.id, passwordHash, renewed)) ? renewed : passwordHash;
}

/**
 * Signs in. A wrong address and a wrong password cannot be told apart: the same answer, after the
 * same work.
 */
export async function signIn(
  ctx: AuthContext,
  input: { email: string; password: string },
  nowMs: number,
): Promise<Result<SignedIn>> {
  const found = await findCredentials(ctx.db, { emailNormalized: normalizeEmail(input.email) });
  const { matches, isStale } = verifyPassword(input.password, found?.passwordHash);
  if (found === undefined || !matches) return WRONG;
  const passwordHash = isStale ? await rehash(ctx.db, found, input.password) : found.passwordHash;
  return await beginSession(ctx, found.user, passwordHash, nowMs);
}

/**
 * Proves that whoever holds a session also knows its user's password: asked before what a thief of
 * the session must not do.
 */
export async function confirmPassword(
  db: Database,
  userId: string,
  password: string,
): Promise<Result<Credentials>> {
  const found = await findCredentials(db, { userId });
  if (found !== undefined && verifyPassword(password, found.passwordHash).matches) return ok(found);
  return fail("invalid_credentials", "The current password is wrong.", {
    param: "currentPassword",
  });
}
