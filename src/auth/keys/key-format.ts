import type { Config } from "../../config.ts";
import { sha256Hex } from "../../digest.ts";
import { TokenCache } from "../token-cache.ts";

/**
 * An API key: `sk_` and 64 hex digits, which are 32 bytes.
 *
 *   key id (4) · user id (8) · random secret (14) · checksum (6)
 *
 * By the user id the Worker finds the account object without a query. The checksum is an HMAC over
 * the rest, so that a made-up key is refused in the Worker before any object is called. It proves
 * nothing: the object compares the SHA-256 of the whole key. A hash without salt or stretching is
 * enough for a secret of 112 random bits.
 */
const KEY_PATTERN = /^(?:sk|fbs)_([0-9a-f]{64})$/;
const SECRET_BYTES = 14;
const SIGNED_BYTES = 26;
const CHECKSUM_BYTES = 6;
const DISPLAY_PREFIX_LENGTH = 20;
/** Eight digits of 52 random ones: enough to tell keys apart, and no help to guess the rest. */
const MANAGEMENT_PREFIX_LENGTH = 12;
/** The beginning of every key, also of other services'. */
export const API_KEY_PREFIX = "sk_";
const SESSION_TOKEN_PREFIX = "fbs_";

type ApiKeyConfig = Pick<Config, "JWT_SECRET" | "JWT_SECRET_PREVIOUS" | "API_KEY_CHECKSUM_SECRET">;

const utf8 = new TextEncoder();
const checksumKeys = new Map<string, Promise<CryptoKey>>();

async function deriveChecksumKey(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: utf8.encode("farebox api key checksum"),
  };
  return await crypto.subtle.deriveKey(
    derivation,
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

function getChecksumKey(secret: string): Promise<CryptoKey> {
  const cached = checksumKeys.get(secret);
  if (cached !== undefined) return cached;
  const derived = deriveChecksumKey(secret);
  checksumKeys.set(secret, derived);
  return derived;
}

async function computeChecksum(secret: string, signed: Uint8Array): Promise<Uint8Array> {
  const mac = await crypto.subtle.sign("HMAC", await getChecksumKey(secret), signed);
  return new Uint8Array(mac, 0, CHECKSUM_BYTES);
}

/**
 * Lists the secrets whose checksums are accepted. The first one makes new checksums. So setting or
 * rotating one ends no key as long as the other is set.
 */
const listChecksumSecrets = (settings: ApiKeyConfig): string[] =>
  [settings.API_KEY_CHECKSUM_SECRET, settings.JWT_SECRET, settings.JWT_SECRET_PREVIOUS].filter(
    (secret) => secret !== undefined,
  );

/** A new key. `text` is shown to its owner once and never stored; the rest may be stored. */
export interface MintedKey {
  readonly text: string;
  readonly keyId: string;
  readonly prefix: string;
  readonly hash: string;
}

/** A key's id, with its 4 bytes in hex. */
const KEY_ID = /^key_([0-9a-f]{8})$/;

/**
 * Mints a key for a user. Its `keyId` (32 random bits) may collide with another one of the same
 * user: then mint another.
 */
export const mintKey = (settings: ApiKeyConfig, userId: string): Promise<MintedKey> =>
  mintSecret(settings, userId, crypto.getRandomValues(new Uint8Array(4)));

/**
 * Mints another secret for a key, with the same beginning.
 * @returns undefined for an id that no key has
 */
export async function mintSecretFor(
  settings: ApiKeyConfig,
  userId: string,
  keyId: string,
): Promise<MintedKey | undefined> {
  const [, digits] = KEY_ID.exec(keyId) ?? [];
  return digits === undefined
    ? undefined
    : await mintSecret(settings, userId, Uint8Array.fromHex(digits));
}

async function mintSecret(
  settings: ApiKeyConfig,
  userId: string,
  keyIdBytes: Uint8Array,
): Promise<MintedKey> {
  return await toMintedKey(`${API_KEY_PREFIX}${await mintDigits(settings, userId, keyIdBytes)}`);
}

/**
 * Mints the token of a session that the founder's backend begins: a key in every respect, of which
 * a user has so many that they have an id of their own. It is made of 64 bits of the hash.
 */
export async function mintSessionToken(settings: ApiKeyConfig, userId: string): Promise<MintedKey> {
  const digits = await mintDigits(settings, userId, crypto.getRandomValues(new Uint8Array(4)));
  const text = `${SESSION_TOKEN_PREFIX}${digits}`;
  const hash = await sha256Hex(text);
  return { text, keyId: `ses_${hash.slice(0, 16)}`, prefix: SESSION_TOKEN_PREFIX, hash };
}

async function mintDigits(
  settings: ApiKeyConfig,
  userId: string,
  keyIdBytes: Uint8Array,
): Promise<string> {
  const bytes = new Uint8Array(SIGNED_BYTES + CHECKSUM_BYTES);
  bytes.set(keyIdBytes, 0);
  bytes.set(Uint8Array.fromHex(userId.slice("usr_".length)), 4);
  bytes.set(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), 12);
  const secret = settings.API_KEY_CHECKSUM_SECRET ?? settings.JWT_SECRET;
  bytes.set(await computeChecksum(secret, bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  return bytes.toHex();
}

/** Derives the fields of a key that `mintKey` made from its text. */
export const toMintedKey = async (text: string): Promise<MintedKey> => ({
  text,
  keyId: `key_${text.slice(API_KEY_PREFIX.length, API_KEY_PREFIX.length + 8)}`,
  prefix: text.slice(0, DISPLAY_PREFIX_LENGTH),
  hash: await sha256Hex(text),
});

/** The owner whom a key names, and the hash by which the owner's account knows it. */
interface ClaimedKey {
  readonly userId: string;
  readonly hash: string;
}

/** The keys that were read under each configuration: a busy key is verified once a minute. */
const claimCaches = new WeakMap<ApiKeyConfig, TokenCache<ClaimedKey>>();

/**
 * Reads the owner of a key, without I/O.
 * @returns undefined for a text that none of our secrets made. Otherwise the account object still
 *   has to know the hash.
 */
export async function parseKey(
  settings: ApiKeyConfig,
  text: string,
  nowMs: number,
): Promise<ClaimedKey | undefined> {
  const cache = claimCaches.get(settings) ?? new TokenCache<ClaimedKey>();
  claimCaches.set(settings, cache);
  const cached = cache.get(text, nowMs);
  if (cached !== undefined) return cached;
  const claimed = await verifyClaim(settings, text);
  if (claimed !== undefined) cache.set(text, claimed, Number.POSITIVE_INFINITY, nowMs);
  return claimed;
}

async function verifyClaim(settings: ApiKeyConfig, text: string): Promise<ClaimedKey | undefined> {
  const [, digits] = KEY_PATTERN.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Uint8Array.fromHex(digits);
  return (await hasOwnChecksum(settings, bytes))
    ? { userId: `usr_${bytes.subarray(4, 12).toHex()}`, hash: await sha256Hex(text) }
    : undefined;
}

/** Returns whether the last bytes are a checksum of the others under one of our secrets. */
async function hasOwnChecksum(settings: ApiKeyConfig, bytes: Uint8Array): Promise<boolean> {
  for (const secret of listChecksumSecrets(settings)) {
    const expected = await computeChecksum(secret, bytes.subarray(0, SIGNED_BYTES));
    if (crypto.subtle.timingSafeEqual(expected, bytes.subarray(SIGNED_BYTES))) return true;
  }
  return false;
}

/** The beginning of every management key. Its 26 bytes before the checksum are random. */
export const MANAGEMENT_KEY_PREFIX = "fbm_";
const MANAGEMENT_KEY_PATTERN = /^fbm_[0-9a-f]{64}$/;

/** Mints a management key, which names no user. */
export async function mintManagementKey(settings: ApiKeyConfig): Promise<Omit<MintedKey, "keyId">> {
  const bytes = new Uint8Array(SIGNED_BYTES + CHECKSUM_BYTES);
  bytes.set(crypto.getRandomValues(new Uint8Array(SIGNED_BYTES)), 0);
  const secret = settings.API_KEY_CHECKSUM_SECRET ?? settings.JWT_SECRET;
  bytes.set(await computeChecksum(secret, bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  const text = `${MANAGEMENT_KEY_PREFIX}${bytes.toHex()}`;
  return { text, prefix: text.slice(0, MANAGEMENT_PREFIX_LENGTH), hash: await sha256Hex(text) };
}

/** Returns whether one of our secrets made a management key, without I/O. It proves nothing. */
export const isOwnManagementKey = async (settings: ApiKeyConfig, text: string): Promise<boolean> =>
  MANAGEMENT_KEY_PATTERN.test(text) &&
  (await hasOwnChecksum(settings, Uint8Array.fromHex(text.slice(MANAGEMENT_KEY_PREFIX.length))));
