import { fail, ok, type Result } from "../errors.ts";

/** The request's `Idempotency-Key`, or null without one. Visible ASCII, at most 255 characters. */
export function idempotencyKey(headers: Headers): Result<string | null> {
  const key = headers.get("idempotency-key");
  if (key === null) return ok(null);
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return ok(key);
  return fail("invalid_request", "Idempotency-Key: must be 1 to 255 visible ASCII characters.", {
    param: "idempotency-key",
  });
}

/** A hash of all that makes a request what it is, so that a key used for another one is noticed. */
export async function fingerprint(method: string, path: string, body: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`${method} ${path}\n`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
}
