import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { fingerprint } from "../http/idempotency-key.ts";
import { newId } from "../ids.ts";

/**
 * Returns the name under which the operation of a request is done once. With an `Idempotency-Key`
 * the name is made from the key, the admin and the request itself. A request that is repeated after
 * a crash, when no answer was kept, is then not done twice.
 */
export async function operationId(c: Context<AuthEnv>): Promise<string> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return `admin:${newId("req", c.var.ctx.nowMs)}`;
  const body = new Uint8Array(await c.req.arrayBuffer());
  const method = `${c.var.caller.userId} ${key} ${c.req.method}`;
  return `admin:${await fingerprint(method, c.req.path, body)}`;
}
