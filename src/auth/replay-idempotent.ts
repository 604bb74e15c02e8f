import type { Context, Next } from "hono";
import { creditAccount, type StoredResponse } from "../account/index.ts";
import type { Config } from "../config.ts";
import { formatError } from "../db.ts";
import { fail } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { log } from "../log.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { seal, unseal } from "../seal.ts";

const UNREADABLE_RESPONSE = fail(
  "conflict",
  "The first response for this Idempotency-Key is no longer available. Use a new key.",
);

/**
 * Handles a POST with an `Idempotency-Key` once. Repeated within 24 hours, it gets the first answer
 * again, with `Idempotent-Replayed: true` (I8). The answer is kept in the caller's own account
 * object, sealed because it may hold a new key (I12). A refusal is not kept: it changed nothing, so
 * the same request may be tried again.
 */
export async function replayIdempotent<E extends BaseEnv>(
  c: Context<E>,
  userId: string,
  next: Next,
): Promise<Response | undefined> {
  const { env, config } = c.get("ctx");
  const key =
    c.req.method === "POST"
      ? idempotencyKey(c.req.raw.headers)
      : ({ ok: true, value: null } as const);
  if (!key.ok) return refuse(c, key.failure);
  if (key.value === null) {
    await next();
    return undefined;
  }
  const requestFingerprint = await fingerprint(
    c.req.method,
    c.req.path,
    new Uint8Array(await c.req.arrayBuffer()),
  );
  const account = creditAccount(env, userId);
  const request = { key: key.value, fingerprint: requestFingerprint };
  const started = await orUnavailable(account.beginIdempotent(request));
  if (!started.ok) return refuse(c, started.failure);
  const { first } = started.value;
  if (first !== null) {
    const { status, headers, body } = first;
    const text = await unseal(config, body);
    if (text === null) return refuse(c, UNREADABLE_RESPONSE.failure);
    return new Response(text, { status, headers: { ...headers, "idempotent-replayed": "true" } });
  }
  await next();
  const storedResponse = c.res.ok ? await sealResponse(config, c.res.clone()) : null;
  try {
    await account.finishIdempotent(request, storedResponse);
  } catch (error) {
    // The request was carried out and is answered. The key stays in use until its lease ends.
    log.error("idempotent_response.store_failed", { error: formatError(error) });
  }
  return undefined;
}

async function sealResponse(config: Config, response: Response): Promise<StoredResponse> {
  const type = response.headers.get("content-type");
  const body = await seal(config, await response.text());
  return { status: response.status, headers: type === null ? {} : { "content-type": type }, body };
}
