import { sha256HexOfParts } from "../digest.ts";
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

/** Hashes a request, so that a key which is used for another request is noticed. */
export async function fingerprint(method: string, path: string, body: Uint8Array): Promise<string> {
  return await sha256HexOfParts([new TextEncoder().encode(`${method} ${path}\n`), body]);
}
