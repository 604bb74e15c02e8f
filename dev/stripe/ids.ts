const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * Returns random letters and digits. 62 does not divide 256; the small bias does not matter for the
 * ids of a test double.
 */
export function randomText(length: number): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(length)),
    (byte) => ALPHABET[byte % ALPHABET.length],
  ).join("");
}

/**
 * Returns an id in Stripe's form: `cus_` and 14 characters. Some are longer and begin with the same
 * digit (`evt_1…`).
 */
export const newId = (prefix: string, length = 14, lead = ""): string =>
  `${prefix}_${lead}${randomText(length)}`;
