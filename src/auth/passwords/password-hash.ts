import Argon2, { Argon2Type, Argon2Version } from "@phi-ag/argon2";
import compiled from "@phi-ag/argon2/argon2.wasm";

/**
 * The cost of new hashes: 19 MiB, two passes, one lane, about 30 ms. It is OWASP's first choice for
 * Argon2id where 46 MiB is too much.
 */
const CURRENT_COST: Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };
/**
 * The highest cost of a stored hash that is computed, so that a row written by somebody else cannot
 * take all of an isolate's memory or time.
 */
const COST_MAX: Cost = { memoryKib: 65_536, passes: 10, lanes: 4 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PHC_PATTERN = new RegExp(
  String.raw`^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})` +
    String.raw`\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`,
);

/**
 * The hash of a random password that nobody kept. It is verified when there is no such user, so
 * that the answer takes as long.
 */
const DUMMY_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$Bb/KCnpk0RFJ9JOJRZF+zg" +
  "$T4fI3QPXlIp3CwAoxA8UK+5xwV63KBHNQDEpxoaT/uc";

/** Stored for users who sign in otherwise. It has no form of a hash, so no password matches it. */
export const NO_PASSWORD = "none";

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

interface StoredHash {
  readonly cost: Cost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

let sharedArgon2: Argon2 | undefined;

/** Returns the one instance of the isolate. An instance keeps the memory that it once needed. */
function argon2(): Argon2 {
  sharedArgon2 ??= new Argon2(new WebAssembly.Instance(compiled));
  return sharedArgon2;
}

/**
 * Pads a password with NULs, until the number of its UTF-16 units is that of its UTF-8 bytes. The
 * library writes UTF-8 but passes the number of units as its length, and so would hash only the
 * first half of a Cyrillic password. None of the NULs is hashed.
 */
function padToByteLength(password: string): string {
  return password + "\0".repeat(new TextEncoder().encode(password).length - password.length);
}

function digest(password: string, cost: Cost, salt: Uint8Array, hashLength: number): Uint8Array {
  try {
    return argon2().hash(padToByteLength(password.normalize("NFC")), {
      type: Argon2Type.Argon2id,
      version: Argon2Version.Version13,
      memoryCost: cost.memoryKib,
      timeCost: cost.passes,
      parallelism: cost.lanes,
      salt,
      hashLength,
    }).hash;
  } catch (error) {
    // Its memory may be in any state: the next call gets a new instance.
    sharedArgon2 = undefined;
    throw error;
  }
}

const toUnpaddedBase64 = (bytes: Uint8Array): string => bytes.toBase64({ omitPadding: true });

/**
 * Hashes a password (Argon2id) for storage, as a PHC string with its parameters and salt. Unicode
 * is normalized to NFC first (RFC 8265): one keyboard writes "é" as one code point, another as two.
 * NFKC would also make different characters equal, which a password does not need.
 */
export function hashPassword(password: string): string {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = digest(password, CURRENT_COST, salt, HASH_BYTES);
  const { memoryKib, passes, lanes } = CURRENT_COST;
  const parameters = `m=${memoryKib},t=${passes},p=${lanes}`;
  const parts = ["argon2id", "v=19", parameters, toUnpaddedBase64(salt), toUnpaddedBase64(hash)];
  return `$${parts.join("$")}`;
}

function parsePhc(phc: string): StoredHash | undefined {
  const [, memory, passes, lanes, salt, hash] = PHC_PATTERN.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const cost: Cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  const tooMuch =
    cost.memoryKib > COST_MAX.memoryKib ||
    cost.passes > COST_MAX.passes ||
    cost.lanes > COST_MAX.lanes;
  return tooMuch
    ? undefined
    : { cost, salt: Uint8Array.fromBase64(salt), hash: Uint8Array.fromBase64(hash) };
}

/** The result of checking a password. */
export interface PasswordCheck {
  readonly matches: boolean;
  /** Whether the stored hash has other parameters than new hashes, and should be replaced. */
  readonly isStale: boolean;
}

/**
 * Checks a password against a stored PHC string, or against a dummy when there is no such user
 * (`undefined`): both take as long. A string of another form, or of a cost that is too high,
 * matches no password.
 */
export function verifyPassword(password: string, phc: string | undefined): PasswordCheck {
  const stored = parsePhc(phc ?? DUMMY_HASH);
  if (stored === undefined) return { matches: false, isStale: false };
  const hash = digest(password, stored.cost, stored.salt, stored.hash.length);
  const { memoryKib, passes, lanes } = stored.cost;
  const isCurrent =
    memoryKib === CURRENT_COST.memoryKib &&
    passes === CURRENT_COST.passes &&
    lanes === CURRENT_COST.lanes;
  return {
    matches: phc !== undefined && crypto.subtle.timingSafeEqual(hash, stored.hash),
    isStale: !isCurrent,
  };
}
