import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { toIso } from "../../time.ts";
import { openChallenge } from "../factors/challenges.ts";
import { hasTotp } from "../factors/totp.ts";
import type { SignInMethod } from "../tables.ts";
import { openCreditAccount } from "../users/open-credit-account.ts";
import { loadUserView } from "../users/user-view.ts";
import type { User } from "../users/users.ts";
import { ACCESS_TOKEN_TTL_SECONDS, signAccessToken } from "./access-token.ts";
import type { Device } from "./device.ts";
import { endOldestSessions } from "./end-sessions.ts";
import { recordSignIn } from "./record-sign-in.ts";
import { createSession, type NewSession } from "./sessions.ts";
import type { SecondFactorRequired, SignedIn, TokenPair } from "./wire.ts";

/** The proof of who is signing in, and where. */
export interface SignInProof {
  readonly method: SignInMethod;
  /** The hash of the password that was checked, which must still be the user's. */
  readonly passwordHash?: string | undefined;
  /** Whether a second factor was shown, or a passkey, which is two in one. */
  readonly isTwoFactor: boolean;
  readonly device: Device;
}

/** The outcome of a first factor: signed in, or asked for the second. */
export type SignIn =
  | { readonly kind: "signed_in"; readonly signedIn: SignedIn }
  | { readonly kind: "second_factor"; readonly required: SecondFactorRequired };

/** The refusal of a sign-in. A wrong address and a wrong password get the same. */
export const WRONG_CREDENTIALS = fail("invalid_credentials", "Wrong email or password.");

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
 * Begins a session of a user who proved everything that they have to. First finishes an interrupted
 * registration, so that a crash after the user's row was written costs its owner one sign-in.
 * @returns `invalid_credentials` when the password has been changed meanwhile
 */
export async function beginSession(
  ctx: Context,
  user: User,
  proof: SignInProof,
): Promise<Result<SignedIn>> {
  if (user.planVersion === null) await openCreditAccount(ctx, user);
  const view = await loadUserView(ctx, user);
  if (!view.ok) return view;
  const session = await createSession(ctx.db, { userId: user.id, ...proof }, ctx.nowMs);
  if (session === undefined) return WRONG_CREDENTIALS;
  await endOldestSessions(ctx, user.id, session.sessionId);
  await recordSignIn(ctx, user, session.sessionId, proof.device);
  return ok({ user: view.value, ...(await issueTokenPair(ctx, session, user.role)) });
}

/**
 * Begins a session of a user whose first factor was checked; or asks for the second factor, of a
 * user who has set up one (`answer-second-factor.ts`).
 * @returns `invalid_credentials` when the password has been changed meanwhile;
 *   `rate_limit_exceeded` where too many sign-ins wait for the second factor
 */
export async function startSession(
  ctx: Context,
  user: User,
  proof: SignInProof,
): Promise<Result<SignIn>> {
  if (!proof.isTwoFactor && (await hasTotp(ctx.db, user.id))) {
    const { method, passwordHash } = proof;
    const terms = { purpose: "second_factor", userId: user.id, method, passwordHash } as const;
    const challenge = await openChallenge(ctx, terms);
    if (!challenge.ok) return challenge;
    const { id, expiresAtMs } = challenge.value;
    const required = { challengeId: id, expiresAt: toIso(expiresAtMs) };
    return ok({ kind: "second_factor", required });
  }
  const signedIn = await beginSession(ctx, user, proof);
  return signedIn.ok ? ok({ kind: "signed_in", signedIn: signedIn.value }) : signedIn;
}
