import type { Context, Next } from "hono";
import { creditAccount, type StoredResponse } from "../account/index.ts";
import { fail } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { seal, unseal } from "./seal.ts";

const UNREADABLE_RESPONSE = fail(
  "conflict",
  "The first answer to this Idempotency-Key cannot be read any more. Use a new one.",
);

/**
 * Answers a POST that carries an `Idempotency-Key` once: whoever repeats it within 24 hours gets
 * the first answer again, with `Idempotent-Replayed: true` (I8). The answer is kept in the caller's
 * own account object, sealed, because it may hold a new key (I12). A refusal is not kept: it
 * changed nothing, so the same request may be tried again.
 */
export async function replayIdempotent<E extends BaseEnv>(
  c: Context<E>,
  userId: string,
  next: Next,
): Promise<Response | undefined> {
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
  const request = { key: key.value, fingerprint: requestFingerprint };
  const started = await orUnavailable(creditAccount(c.env, userId).beginIdempotent(request));
  if (!started.ok) return refuse(c, started.failure);
  const { first } = started.value;
  if (first !== null) {
    const { status, headers, body } = first;
    const text = await unseal(c.var.ctx.config, body);
    if (text === null) return refuse(c, UNREADABLE_RESPONSE.failure);
    return new Response(text, { status, headers: { ...headers, "idempotent-replayed": "true" } });
  }
  await next();
  const storedResponse = c.res.ok ? await sealResponse(c) : null;
  try {
    await creditAccount(c.env, userId).finishIdempotent(request, storedResponse);
  } catch (error) {
    // What was asked has been done and is answered. The key stays taken until its lease runs out.
    console.error(
      JSON.stringify({ level: "error", doing: "keeping an answer", error: String(error) }),
    );
  }
  return undefined;
}

async function sealResponse<E extends BaseEnv>(c: Context<E>): Promise<StoredResponse> {
  const type = c.res.headers.get("content-type");
  const body = await seal(c.var.ctx.config, await c.res.clone().text());
  return { status: c.res.status, headers: type === null ? {} : { "content-type": type }, body };
}
