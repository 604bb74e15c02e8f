import { sha256Hex } from "../digest.ts";
import { fail, ok, type Result } from "../errors.ts";

/** Reads a request's `Idempotency-Key`: visible ASCII, at most 255 characters. Null without one. */
export function idempotencyKey(headers: Headers): Result<string | null> {
  const key = headers.get("idempotency-key");
  if (key === null) return ok(null);
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return ok(key);
  return fail("invalid_request", "Idempotency-Key: must be 1 to 255 visible ASCII characters.", {
    param: "idempotency-key",
  });
}

/**
 * Hashes a request, so that a key which is used for another request is noticed. The body is hashed
 * by itself: it may be too large to be copied.
 */
export const fingerprint = async (
  method: string,
  path: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> => await sha256Hex(`${method} ${path}\n${await sha256Hex(body)}`);
