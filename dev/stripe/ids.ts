const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random letters and digits. 62 does not divide 256; the small bias does not matter for ids of a local double. */
export function randomText(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** An id in Stripe's form: `cus_` and 14 characters, longer where Stripe's are. */
export const newId = (prefix: string, length = 14): string => `${prefix}_${randomText(length)}`;
