import { z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import commonPasswordsText from "./common-passwords.txt";

const MIN_BYTES = 8;
/** Enough for any phrase, and little enough to hash. */
const MAX_BYTES = 1024;

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** A password to compare with a stored hash. One that is too long to be stored is not hashed. */
export const passwordField = z
  .string()
  .refine((text) => byteLength(text) <= MAX_BYTES, `must have at most ${MAX_BYTES} bytes`);

/**
 * The 3000 most common passwords of at least 8 characters, in lower case, a line each. From the
 * leaked-password list of @zxcvbn-ts/language-common 4.1.3 (MIT; (c) 2012-2016 Dan Wheeler and
 * Dropbox, Inc.; (c) 2021 @zxcvbn-ts), cut down to what a sign-up check needs: the whole package is
 * 380 KB of a Worker's start-up.
 */
let commonPasswords: ReadonlySet<string> | undefined;

function isCommon(lowerCase: string): boolean {
  commonPasswords ??= new Set(commonPasswordsText.trim().split("\n"));
  return commonPasswords.has(lowerCase);
}

/**
 * Checks a new password: 8 to 1024 bytes (UTF-8), none of the common ones, and not the address that
 * it belongs to. Case does not matter. There is no rule about kinds of characters: such rules make
 * people choose `Password1!` (NIST SP 800-63B).
 * @param param the field of the request, which the refusal names
 * @returns the password in NFC
 */
export function checkNewPassword(
  password: string,
  emailNormalized: string,
  param: string,
): Result<string> {
  const refuse = (message: string) => fail("invalid_request", message, { param });
  if (!password.isWellFormed()) return refuse("The password is not valid Unicode.");
  const normalized = password.normalize("NFC");
  const bytes = byteLength(normalized);
  if (bytes < MIN_BYTES) return refuse(`The password must have at least ${MIN_BYTES} bytes.`);
  if (bytes > MAX_BYTES) return refuse(`The password must have at most ${MAX_BYTES} bytes.`);
  const lowerCase = normalized.toLowerCase();
  if (isCommon(lowerCase))
    return refuse(
      "This password is among the most common ones: anyone would try it. Choose another.",
    );
  if (lowerCase === emailNormalized || lowerCase === emailNormalized.split("@")[0])
    return refuse("The password must not be the address that it belongs to. Choose another.");
  return ok(normalized);
}
