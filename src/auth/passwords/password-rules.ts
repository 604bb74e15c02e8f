import { z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import { COMMON_PASSWORDS } from "./common-passwords.ts";

const MIN_BYTES = 8;
/** Enough for any phrase, and little enough to hash. */
const MAX_BYTES = 1024;

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** A password that is to be compared: what could never have been accepted is not hashed. */
export const passwordField = z
  .string()
  .refine((text) => byteLength(text) <= MAX_BYTES, `must have at most ${MAX_BYTES} bytes`);

let commonPasswords: ReadonlySet<string> | undefined;

function isCommon(lowerCase: string): boolean {
  commonPasswords ??= new Set(COMMON_PASSWORDS.trim().split(/\s+/));
  return commonPasswords.has(lowerCase);
}

/**
 * Whether a new password may be used: 8 to 1024 bytes (UTF-8), none of the common ones, not the
 * address it belongs to. Upper and lower case count as one. No rule on which characters: they make
 * people choose `Password1!` (NIST SP 800-63B).
 * @param param the field that it came in, for the refusal
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
