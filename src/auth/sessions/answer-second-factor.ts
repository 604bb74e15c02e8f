import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { CHALLENGE_ENDED, closeChallenge, tryChallenge } from "../factors/challenges.ts";
import { takeRecoveryCode } from "../factors/recovery-codes.ts";
import { checkTotpCode } from "../factors/totp.ts";
import { findUser } from "../users/users.ts";
import { readDevice } from "./device.ts";
import { checkSignInRateLimit } from "./sign-in-rate-limit.ts";
import { beginSession } from "./start-session.ts";
import type { SignedIn } from "./wire.ts";

const WRONG_CODE = fail(
  "invalid_credentials",
  "Wrong or already used code. Enter the next code from your app.",
  { param: "code" },
);

/** Six digits are a code of the app. Anything else is meant as a recovery code. */
const isAppCode = (code: string): boolean => /^\d{6}$/.test(code.replaceAll(/\s/g, ""));

async function takeCode(ctx: Context, userId: string, code: string): Promise<boolean> {
  if (!isAppCode(code)) return await takeRecoveryCode(ctx.db, userId, code);
  const use = await checkTotpCode(ctx, userId, code.replaceAll(/\s/g, ""), true);
  return use !== undefined && (await use.statement).length > 0;
}

/**
 * Ends a sign-in that waits for its second factor, by a code of the authenticator app or a recovery
 * code. Either is good once.
 * @param request names the caller's network and device
 * @returns `invalid_request` where the sign-in was ended or took ten minutes;
 *   `invalid_credentials` for a wrong code, of which a sign-in has five; `rate_limit_exceeded`
 */
export async function answerSecondFactor(
  ctx: Context,
  request: Request,
  input: { readonly challengeId: string; readonly code: string },
): Promise<Result<SignedIn>> {
  const { challengeId, code } = input;
  const allowed = await checkSignInRateLimit(ctx.env, "confirm", request.headers, challengeId);
  if (!allowed.ok) return allowed;
  const tried = await tryChallenge(ctx, challengeId, "second_factor");
  if (!tried.ok) return tried;
  const { userId, method, passwordHash } = tried.value;
  const user = userId === null ? undefined : await findUser(ctx.db, userId);
  if (user === undefined) return CHALLENGE_ENDED;
  if (!(await takeCode(ctx, user.id, code))) {
    log.warn("second_factor.refused", { userId: user.id });
    return WRONG_CODE;
  }
  if (!(await closeChallenge(ctx, tried.value))) return CHALLENGE_ENDED;
  const device = readDevice(request);
  const proof = { method, passwordHash: passwordHash ?? undefined, isTwoFactor: true, device };
  return await beginSession(ctx, user, proof);
}
