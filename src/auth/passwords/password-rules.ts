import { fail, ok, type Result } from "../../errors.ts";
import { boundedFreeText } from "../../http/bounded.ts";
import { isCommon, isRepetition, isRun, withoutContext } from "./guessable.ts";

const MIN_CHARACTERS = 8;
/** Enough for any phrase, and little enough to hash. */
const MAX_BYTES = 1024;

const TOO_LONG = `must be at most ${MAX_BYTES} bytes`;

const byteLength = (text: string): number => new TextEncoder().encode(text).length;
/** Characters as people count them: code points, of which an emoji is one and not two. */
const characterCount = (text: string): number => Array.from(text).length;

/** A password of a request. A longer one is neither normalized nor hashed. */
export const passwordField = boundedFreeText(MAX_BYTES, TOO_LONG).refine(
  (text) => byteLength(text) <= MAX_BYTES,
  TOO_LONG,
);

/** Facts about a user that an attacker knows, and tries first. */
export interface PasswordContext {
  readonly emailNormalized: string;
  /** The origin of the site: `PUBLIC_URL`. */
  readonly publicUrl: string;
}

/**
 * Checks a new password: at least 8 characters in NFC, at most 1024 bytes (UTF-8), none of the
 * common ones, no run or repetition, and 8 characters beside the words of its context (NIST SP
 * 800-63B §3.1.1.2; OWASP ASVS 5.0, 6.2). Case does not matter. There is no rule about kinds of
 * characters: such rules make people choose `Password1!`.
 * @param param the field of the request, which the refusal names
 * @returns the password in NFC
 */
export function checkNewPassword(
  password: string,
  { emailNormalized, publicUrl }: PasswordContext,
  param: string,
): Result<string> {
  const refuse = (message: string, rule: string, limit = MIN_CHARACTERS) =>
    fail("invalid_request", message, { param, details: { rule, limit } });
  // Before anything else: normalizing takes a time that grows with the square of the length.
  if (password.length > MAX_BYTES || byteLength(password) > MAX_BYTES)
    return refuse(`Use at most ${MAX_BYTES} bytes.`, "password_bytes", MAX_BYTES);
  if (!password.isWellFormed()) return refuse("The password isn't valid Unicode.", "wrong_format");
  const normalized = password.normalize("NFC");
  if (characterCount(normalized) < MIN_CHARACTERS)
    return refuse(`Use at least ${MIN_CHARACTERS} characters.`, "too_short");
  if (byteLength(normalized) > MAX_BYTES)
    return refuse(`Use at most ${MAX_BYTES} bytes.`, "password_bytes", MAX_BYTES);
  const lowerCase = normalized.toLowerCase();
  if (isCommon(lowerCase))
    return refuse("This password is too common. Choose a different one.", "password_common");
  if (isRun(lowerCase) || isRepetition(lowerCase, MIN_CHARACTERS))
    return refuse(
      "This password is too easy to guess: it repeats or follows the alphabet or keyboard. " +
        "Choose a different one.",
      "password_pattern",
    );
  const rest = withoutContext(lowerCase, { emailNormalized, host: new URL(publicUrl).hostname });
  if (rest !== lowerCase && characterCount(rest) < MIN_CHARACTERS)
    return refuse(
      "Apart from your email address and the name of this site, use at least " +
        `${MIN_CHARACTERS} more characters.`,
      "password_context",
    );
  return ok(normalized);
}
