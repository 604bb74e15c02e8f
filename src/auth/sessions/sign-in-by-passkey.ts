import {
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from "@simplewebauthn/server";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { toIso } from "../../time.ts";
import {
  CHALLENGE_ENDED,
  closeChallenge,
  openChallenge,
  tryChallenge,
} from "../factors/challenges.ts";
import type { PasskeyChallenge } from "../factors/change-passkeys.ts";
import type { PasskeySignatureJson } from "../factors/passkey-wire.ts";
import { findPasskey, type Passkey, relyingParty, usePasskey } from "../factors/passkeys.ts";
import { findUser } from "../users/users.ts";
import { readDevice } from "./device.ts";
import { checkSignInRateLimit, networkOf } from "./sign-in-rate-limit.ts";
import { beginSession } from "./start-session.ts";
import type { SignedIn } from "./wire.ts";

const REFUSED = fail(
  "invalid_credentials",
  "This passkey isn't linked to an account here. It may have been removed.",
  { param: "credential" },
);

/** Asks a browser for any passkey of this site, which says who is signing in. */
export async function beginPasskeySignIn(
  ctx: Context,
  headers: Headers,
): Promise<Result<PasskeyChallenge>> {
  // Nobody is named yet: only the network counts.
  const subject = networkOf(headers) ?? "nobody";
  const allowed = await checkSignInRateLimit(ctx.env, "login", headers, subject);
  if (!allowed.ok) return allowed;
  const { id: rpID } = relyingParty(ctx.config);
  const options = await generateAuthenticationOptions({ rpID, userVerification: "required" });
  const terms = { purpose: "sign_in_passkey", userId: null, nonce: options.challenge } as const;
  const opened = await openChallenge(ctx, terms);
  if (!opened.ok) return opened;
  const { id: challengeId, expiresAtMs } = opened.value;
  return ok({ challengeId, expiresAt: toIso(expiresAtMs), options: { ...options } });
}

/**
 * Checks a signature. The library throws for anything that does not fit, and for a counter that
 * did not grow: somebody else may have a copy of the passkey (WebAuthn §6.1.1).
 * @returns the new counter; undefined for a signature that is not good
 */
async function verifySignature(
  { config }: Context,
  { credentialId, publicKey, signCount, id }: Passkey,
  credential: PasskeySignatureJson,
  nonce: string,
): Promise<number | undefined> {
  const { id: rpID, origins } = relyingParty(config);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: credential,
      expectedChallenge: nonce,
      expectedOrigin: origins,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: {
        id: credentialId,
        publicKey: Uint8Array.fromBase64(publicKey, { alphabet: "base64url" }),
        counter: signCount,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch (error) {
    log.warn("passkey.refused", { passkeyId: id, error: formatError(error) });
    return undefined;
  }
}

/**
 * Signs in by a passkey. Its holder was checked by a fingerprint, a face or a PIN, so that it
 * counts as two factors.
 * @param request names the caller's network and device
 * @returns `invalid_credentials` for a passkey that is not known or does not fit; `invalid_request`
 *   for an answer to a question that is not open; `rate_limit_exceeded`
 */
export async function signInByPasskey(
  ctx: Context,
  request: Request,
  input: { readonly challengeId: string; readonly credential: PasskeySignatureJson },
): Promise<Result<SignedIn>> {
  const { challengeId, credential } = input;
  const allowed = await checkSignInRateLimit(ctx.env, "login", request.headers, challengeId);
  if (!allowed.ok) return allowed;
  const tried = await tryChallenge(ctx, challengeId, "sign_in_passkey");
  if (!tried.ok) return tried;
  const passkey = await findPasskey(ctx.db, credential.id);
  if (passkey === undefined) return REFUSED;
  const counter = await verifySignature(ctx, passkey, credential, tried.value.nonce);
  const user = counter === undefined ? undefined : await findUser(ctx.db, passkey.userId);
  if (counter === undefined || user === undefined) return REFUSED;
  if (!(await closeChallenge(ctx, tried.value))) return CHALLENGE_ENDED;
  if (!(await usePasskey(ctx.db, passkey, counter, ctx.nowMs))) return REFUSED;
  const device = readDevice(request);
  return await beginSession(ctx, user, { method: "passkey", isTwoFactor: true, device });
}
