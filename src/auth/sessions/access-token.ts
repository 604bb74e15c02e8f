import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { isUserId } from "../../ids.ts";
import { SECOND_MS } from "../../time.ts";
import { ROLES } from "../caller.ts";
import { TokenCache } from "../token-cache.ts";

export const ACCESS_TOKEN_TTL_SECONDS = 900;
const AUDIENCE = "farebox";
/**
 * The type of an access token (RFC 9068), so that no other JWT of the same secret is accepted as
 * one.
 */
const TYPE = "at+jwt";
const ALGORITHM = "HS256";

const claimsSchema = z.object({
  sub: z.string().refine(isUserId),
  role: z.enum(ROLES),
  sid: z.string().min(1),
  exp: z.number(),
});

/**
 * The claims of an access token. They were true when it was signed: the session may have ended and
 * the role may have changed since.
 */
export interface AccessClaims {
  readonly userId: string;
  readonly role: (typeof ROLES)[number];
  readonly sessionId: string;
}

type AccessTokenConfig = Pick<Config, "JWT_SECRET" | "JWT_SECRET_PREVIOUS" | "PUBLIC_URL">;

/**
 * The key of a secret, and the tokens that it verified: a cached token is as good as its secret.
 */
interface Signer {
  readonly key: CryptoKey;
  readonly verifiedTokens: TokenCache<AccessClaims>;
}

const signers = new Map<string, Promise<Signer>>();

async function importSigner(secret: string): Promise<Signer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    algorithm,
    false,
    ["sign", "verify"],
  );
  return { key, verifiedTokens: new TokenCache() };
}

/** Returns the signer of a secret. There is one for each secret and isolate. */
function getSigner(secret: string): Promise<Signer> {
  const cached = signers.get(secret);
  if (cached !== undefined) return cached;
  const signer = importSigner(secret);
  signers.set(secret, signer);
  return signer;
}

/** Signs an access token for 15 minutes, with the current secret. */
export async function signAccessToken(
  settings: AccessTokenConfig,
  accessClaims: AccessClaims,
  nowMs: number,
): Promise<string> {
  const { key } = await getSigner(settings.JWT_SECRET);
  const issuedAt = Math.floor(nowMs / SECOND_MS);
  return await new SignJWT({ role: accessClaims.role, sid: accessClaims.sessionId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(settings.PUBLIC_URL)
    .setAudience(AUDIENCE)
    .setSubject(accessClaims.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_TTL_SECONDS)
    .sign(key);
}

const INVALID_TOKEN = fail(
  "invalid_token",
  "This access token isn't valid. Sign in again, or refresh it.",
);
const EXPIRED_TOKEN = fail(
  "token_expired",
  "This access token has expired. Refresh it with POST /api/auth/refresh.",
);

/**
 * Verifies a token with one secret. Undefined when another secret signed it, so that the previous
 * one may be tried.
 */
async function verifyWithSigner(
  signer: Signer,
  issuer: string,
  token: string,
  nowMs: number,
): Promise<Result<AccessClaims> | undefined> {
  try {
    const { payload } = await jwtVerify(token, signer.key, {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      issuer,
      typ: TYPE,
      currentDate: new Date(nowMs),
    });
    const parsed = claimsSchema.safeParse(payload);
    if (!parsed.success) return INVALID_TOKEN;
    const value: AccessClaims = {
      userId: parsed.data.sub,
      role: parsed.data.role,
      sessionId: parsed.data.sid,
    };
    signer.verifiedTokens.set(token, value, parsed.data.exp * SECOND_MS, nowMs);
    return ok(value);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
    return error instanceof errors.JWTExpired ? EXPIRED_TOKEN : INVALID_TOKEN;
  }
}

/**
 * Verifies an access token with the current secret and then the previous one, without I/O.
 * @returns `token_expired` for a token of ours that has expired, `invalid_token` for any other text
 */
export async function verifyAccessToken(
  settings: AccessTokenConfig,
  token: string,
  nowMs: number,
): Promise<Result<AccessClaims>> {
  for (const secret of [settings.JWT_SECRET, settings.JWT_SECRET_PREVIOUS]) {
    if (secret === undefined) continue;
    const signer = await getSigner(secret);
    const cached = signer.verifiedTokens.get(token, nowMs);
    if (cached !== undefined) return ok(cached);
    const result = await verifyWithSigner(signer, settings.PUBLIC_URL, token, nowMs);
    if (result !== undefined) return result;
  }
  return INVALID_TOKEN;
}
