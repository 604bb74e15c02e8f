import { sha256Hex } from "../keys/key-format.ts";

/**
 * A refresh token is `rt_` and 64 hex digits: 16 random bytes that its whole family shares, and 16
 * that are new each time. So one row per session is enough: a token whose family is known and which
 * is not the current one has been used before.
 */
const TOKEN_PATTERN = /^rt_[0-9a-f]{64}$/;
const FAMILY_LENGTH = "rt_".length + 32;
export const REFRESH_TOKEN_TTL_MS = 30 * 86_400_000;

const randomHex = (): string => crypto.getRandomValues(new Uint8Array(16)).toHex();

/**
 * What is stored of a refresh token: SHA-256 of the part that its family shares, and of the whole.
 */
export interface TokenHashes {
  readonly familyHash: string;
  readonly tokenHash: string;
}

/** The hashes of a presented token; undefined when it does not have the shape of one. */
export async function hashRefreshToken(token: string): Promise<TokenHashes | undefined> {
  if (!TOKEN_PATTERN.test(token)) return undefined;
  return {
    familyHash: await sha256Hex(token.slice(0, FAMILY_LENGTH)),
    tokenHash: await sha256Hex(token),
  };
}

/** A token that begins a family. */
export const newRefreshToken = (): string => `rt_${randomHex()}${randomHex()}`;

/** The token that follows another in its family. */
export const nextRefreshToken = (token: string): string =>
  `${token.slice(0, FAMILY_LENGTH)}${randomHex()}`;
