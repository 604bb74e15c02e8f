import { sha256Hex } from "../../digest.ts";
import { DAY_MS } from "../../time.ts";

/**
 * A refresh token: `rt_` and 64 hex digits, 16 random bytes that its whole family shares and 16
 * that are new each time. So one row for each session is enough: a token of a known family that is
 * not the current one has been used before.
 */
const TOKEN_PATTERN = /^rt_[0-9a-f]{64}$/;
const FAMILY_LENGTH = "rt_".length + 32;
export const REFRESH_TOKEN_TTL_MS = 30 * DAY_MS;
/** The longest time that a session lasts, however often it is refreshed (OWASP ASVS 5.0, 7.3.2). */
export const SESSION_TTL_MS = 365 * DAY_MS;

const randomHex = (): string => crypto.getRandomValues(new Uint8Array(16)).toHex();

/** The SHA-256 of the part of a refresh token that its family shares, and of the whole token. */
export interface TokenHashes {
  readonly familyHash: string;
  readonly tokenHash: string;
}

/** Hashes a presented token. Undefined when it does not have the shape of one. */
export async function hashRefreshToken(token: string): Promise<TokenHashes | undefined> {
  if (!TOKEN_PATTERN.test(token)) return undefined;
  return {
    familyHash: await sha256Hex(token.slice(0, FAMILY_LENGTH)),
    tokenHash: await sha256Hex(token),
  };
}

/** Generates the first token of a family. */
export const newRefreshToken = (): string => `rt_${randomHex()}${randomHex()}`;

/** Generates the token that follows another one in its family. */
export const nextRefreshToken = (token: string): string =>
  `${token.slice(0, FAMILY_LENGTH)}${randomHex()}`;
