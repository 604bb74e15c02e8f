import type { Config } from "../../config.ts";
import { formatError } from "../../db.ts";
import { log } from "../../log.ts";
import { SECOND_MS } from "../../time.ts";

/** After this time the list of our own decides alone: nobody waits longer to sign up. */
const TIMEOUT_MS = SECOND_MS;
/** The part of a hash that is sent: some thousand passwords share it (k-anonymity). */
const PREFIX_LENGTH = 5;

async function sha1Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().toUpperCase();
}

/** Returns how often a suffix is in the lines `SUFFIX:COUNT`. Padding has a count of 0. */
function countOf(lines: string, suffix: string): number {
  const line = lines.split(/\r?\n/).find((text) => text.startsWith(`${suffix}:`));
  return line === undefined ? 0 : Number(line.slice(suffix.length + 1)) || 0;
}

/**
 * Returns whether a password is known from a breach, by the range API of Have I Been Pwned
 * (https://haveibeenpwned.com/API/v3#PwnedPasswords). It learns the first five digits of a SHA-1,
 * and answers with all hashes that begin so, padded so that the size says nothing. Neither the hash
 * nor its beginning is logged.
 * @param password in NFC
 * @returns false as well where the service is turned off or cannot be asked within a second
 */
export async function isBreached(
  config: Pick<Config, "PASSWORD_BREACH_CHECK" | "PASSWORD_BREACH_API_BASE">,
  password: string,
): Promise<boolean> {
  if (!config.PASSWORD_BREACH_CHECK) return false;
  const hash = await sha1Hex(password);
  const url = `${config.PASSWORD_BREACH_API_BASE}/range/${hash.slice(0, PREFIX_LENGTH)}`;
  try {
    const response = await fetch(url, {
      headers: { "add-padding": "true" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const lines = await response.text();
    if (response.ok) return countOf(lines, hash.slice(PREFIX_LENGTH)) > 0;
    log.warn("password.breach_check_failed", { error: `status ${response.status}` });
  } catch (error) {
    // Its words may have the address of the request, and so the beginning of the hash.
    log.warn("password.breach_check_failed", {
      error: error instanceof Error ? error.name : formatError(error),
    });
  }
  return false;
}
