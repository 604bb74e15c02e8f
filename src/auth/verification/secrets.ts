import { hmacHex, sha256Hex } from "../../digest.ts";

const TOKEN_BYTES = 32;
const CODE_DIGITS = 6;
const CODES = 10 ** CODE_DIGITS;

/** A new token of a link: 256 random bits, in letters that mail programs do not break. */
export const newToken = (): string =>
  crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });

/** Returns the form in which a token is stored. */
export const hashToken = (token: string): Promise<string> => sha256Hex(token);

/** A new code that people type: six digits, each of them as likely. */
export function newCode(): string {
  const limit = 2 ** 32 - (2 ** 32 % CODES);
  for (;;) {
    const [draw = limit] = crypto.getRandomValues(new Uint32Array(1));
    if (draw < limit) return String(draw % CODES).padStart(CODE_DIGITS, "0");
  }
}

/** Returns the form in which a code of a verification is stored, which the secret alone opens. */
export const hashCode = (secret: string, id: string, code: string): Promise<string> =>
  hmacHex(secret, `verification code:${id}:${code}`);
