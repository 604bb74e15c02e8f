import { SignJWT, UnsecuredJWT } from "jose";
import type { IssuerFaults } from "./faults.ts";
import type { Grant, Person } from "./grants.ts";
import { newSigningKey, type SigningKey } from "./keys.ts";

const TTL_SECONDS = 300;
const HOUR_SECONDS = 3600;

/** The claims about a person that a client may have by its scopes. */
export function personClaims(
  { email, isVerified, name }: Person,
  scopes: readonly string[],
  { emailVerified }: IssuerFaults,
): Readonly<Record<string, string | boolean>> {
  const verified = emailVerified === "string" ? String(isVerified) : isVerified;
  return {
    ...(scopes.includes("email") ? { email } : {}),
    ...(scopes.includes("email") && emailVerified !== "missing"
      ? { email_verified: verified }
      : {}),
    ...(scopes.includes("profile") && name !== "" ? { name } : {}),
  };
}

/** Makes the ID token of a grant. */
export async function makeIdToken(
  issuer: string,
  { person, clientId, scopes, nonce }: Grant,
  key: SigningKey,
  faults: IssuerFaults,
  nowMs: number,
): Promise<string> {
  const now = Math.floor(nowMs / 1000) - (faults.isExpired === true ? HOUR_SECONDS : 0);
  const claimedNonce = faults.nonce ?? nonce;
  const claims = {
    ...(faults.isSparse === true ? {} : personClaims(person, scopes, faults)),
    ...(claimedNonce === null ? {} : { nonce: claimedNonce }),
  };
  const token = faults.isUnsigned === true ? new UnsecuredJWT(claims) : new SignJWT(claims);
  token
    .setIssuer(faults.issuer ?? issuer)
    .setSubject(person.subject)
    .setAudience(faults.audience ?? clientId)
    .setIssuedAt(now)
    .setExpirationTime(now + TTL_SECONDS);
  if (token instanceof UnsecuredJWT) return token.encode();
  const { privateKey } = faults.isForged === true ? await newSigningKey() : key;
  return await token.setProtectedHeader({ alg: "RS256", kid: key.kid }).sign(privateKey);
}
