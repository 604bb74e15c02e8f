import type { Config } from "../../config.ts";
import { TokenCache } from "../token-cache.ts";

/**
 * An API key is `sk_` and 64 hex digits, which are 32 bytes:
 *
 *   key id (4) · user id (8) · random secret (14) · checksum (6)
 *
 * The user id lets the Worker find the account object without a look-up. The checksum is an HMAC
 * over the rest, so that a made-up key dies in the Worker before any object is touched. It is no
 * proof: the object compares the SHA-256 of the whole.
 */
const SHAPE = /^sk_[0-9a-f]{64}$/;
const SECRET_BYTES = 14;
const SIGNED_BYTES = 26;
const CHECKSUM_BYTES = 6;
const PREFIX_LENGTH = 20;
/** How every key begins, whoever made it. */
export const KEY_MARK = "sk_";

type Settings = Pick<Config, "JWT_SECRET" | "JWT_SECRET_PREVIOUS" | "API_KEY_CHECKSUM_SECRET">;

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

function checksumKeyOf(secret: string): Promise<CryptoKey> {
  const known = checksumKeys.get(secret);
  if (known !== undefined) return known;
  const derived = deriveChecksumKey(secret);
  checksumKeys.set(secret, derived);
  return derived;
}

async function checksum(secret: string, signed: Uint8Array): Promise<Uint8Array> {
  const mac = await crypto.subtle.sign("HMAC", await checksumKeyOf(secret), signed);
  return new Uint8Array(mac, 0, CHECKSUM_BYTES);
}

/**
 * The first makes new checksums, all are accepted: setting or rotating one never ends a key while
 * the other stands.
 */
const secretsOf = (settings: Settings): string[] =>
  [settings.API_KEY_CHECKSUM_SECRET, settings.JWT_SECRET, settings.JWT_SECRET_PREVIOUS].filter(
    (secret) => secret !== undefined,
  );

/**
 * The SHA-256 of a secret's text, in hex: all that is ever stored of it. Fit for secrets of 112
 * random bits and more.
 */
export async function sha256Hex(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text))).toHex();
}

/** A new key. `text` is shown to its owner once and then forgotten; the rest may be stored. */
export interface MintedKey {
  readonly text: string;
  readonly keyId: string;
  readonly prefix: string;
  readonly hash: string;
}

/**
 * Makes a key for a user. `keyId` may collide with another of the same user (32 random bits): then
 * make another.
 */
export async function mintKey(settings: Settings, userId: string): Promise<MintedKey> {
  const bytes = new Uint8Array(SIGNED_BYTES + CHECKSUM_BYTES);
  bytes.set(crypto.getRandomValues(new Uint8Array(4)), 0);
  bytes.set(Uint8Array.fromHex(userId.slice("usr_".length)), 4);
  bytes.set(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), 12);
  const secret = settings.API_KEY_CHECKSUM_SECRET ?? settings.JWT_SECRET;
  bytes.set(await checksum(secret, bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  return await readMinted(`${KEY_MARK}${bytes.toHex()}`);
}

/** What may be stored of a key that `mintKey` gave, from its text. */
export const readMinted = async (text: string): Promise<MintedKey> => ({
  text,
  keyId: `key_${text.slice(KEY_MARK.length, KEY_MARK.length + 8)}`,
  prefix: text.slice(0, PREFIX_LENGTH),
  hash: await sha256Hex(text),
});

/** Whose key a text claims to be. */
interface ClaimedKey {
  readonly userId: string;
  readonly hash: string;
}

/**
 * What was read under these settings, for a minute: a busy key is read once. Strangers cannot fill
 * it, as theirs are not kept.
 */
const known = new WeakMap<Settings, TokenCache<ClaimedKey>>();

/**
 * Reads whose key this claims to be, without any I/O.
 * @returns undefined for what no secret of ours made; otherwise the account object still has to
 *   know the hash
 */
export async function readKey(
  settings: Settings,
  text: string,
  nowMs: number,
): Promise<ClaimedKey | undefined> {
  const cache = known.get(settings) ?? new TokenCache<ClaimedKey>();
  known.set(settings, cache);
  const seen = cache.get(text, nowMs);
  if (seen !== undefined) return seen;
  const claimed = await claimOf(settings, text);
  if (claimed !== undefined) cache.set(text, claimed, Number.POSITIVE_INFINITY, nowMs);
  return claimed;
}

async function claimOf(settings: Settings, text: string): Promise<ClaimedKey | undefined> {
  if (!SHAPE.test(text)) return undefined;
  const bytes = Uint8Array.fromHex(text.slice(KEY_MARK.length));
  for (const secret of secretsOf(settings)) {
    const expected = await checksum(secret, bytes.subarray(0, SIGNED_BYTES));
    if (crypto.subtle.timingSafeEqual(expected, bytes.subarray(SIGNED_BYTES))) {
      return { userId: `usr_${bytes.subarray(4, 12).toHex()}`, hash: await sha256Hex(text) };
    }
  }
  return undefined;
}
