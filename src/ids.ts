/** Every id's prefix says what it names. */
export type IdPrefix =
  | "key"
  | "mgk"
  | "pln"
  | "prc"
  | "ord"
  | "css"
  | "sub"
  | "agt"
  | "cnv"
  | "msg"
  | "evt"
  | "req"
  | "ses"
  | "aud"
  | "mai"
  | "ver"
  | "chl"
  | "pky"
  | "idn"
  | "gen";

// Not `toHex()`: Node 24, which runs what is in dev/, does not have it yet.
function hex(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) digits += BYTES[byte];
  return digits;
}
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * A new id: 48 bits of time, so that ids made later sort later, then 80 random bits.
 * @param nowMs the clock, in milliseconds since 1970
 */
export function newId<P extends IdPrefix>(prefix: P, nowMs: number): `${P}_${string}` {
  const time = Math.trunc(nowMs).toString(16).padStart(12, "0");
  return `${prefix}_${time}${hex(crypto.getRandomValues(new Uint8Array(10)))}`;
}

/**
 * Where the ids that were made at a time, or later, begin. Ids of ours begin with their time, so a
 * time is a place among them.
 */
export const firstIdAt = (prefix: IdPrefix, ms: number): string =>
  `${prefix}_${Math.trunc(ms).toString(16).padStart(12, "0")}`;

/** When an id of ours was made, in milliseconds since 1970. */
export const madeAt = (id: string): number => Number.parseInt(id.slice(4, 16), 16);

/**
 * A user's id: 64 random bits, few enough to travel inside an API key. The table's primary key
 * refuses a collision.
 */
export const newUserId = (): string => `usr_${hex(crypto.getRandomValues(new Uint8Array(8)))}`;

/** Whether a string has the shape of a user's id. Says nothing of whether such a user exists. */
export const isUserId = (value: string): boolean => /^usr_[0-9a-f]{16}$/.test(value);
