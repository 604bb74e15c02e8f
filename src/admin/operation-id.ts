import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { fingerprint } from "../http/idempotency-key.ts";
import { newId } from "../ids.ts";

/**
 * The name under which what a request does is done once. Of a request with an `Idempotency-Key` it
 * is made from the key, the admin and the request itself, so that whoever repeats it after a crash,
 * when no answer was kept, does not do it twice.
 */
export async function operationId(c: Context<AuthEnv>, nowMs: number): Promise<string> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return `admin:${newId("req", nowMs)}`;
  const body = new Uint8Array(await c.req.arrayBuffer());
  return `admin:${await fingerprint(`${c.var.caller.userId} ${key} ${c.req.method}`, c.req.path, body)}`;
}
