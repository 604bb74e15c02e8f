import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { ok, type Result } from "../errors.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { completeChat } from "./complete-chat.ts";
import type { ChatRequest } from "./request.ts";
import type { ChatAnswer, ChatContext } from "./types.ts";

/**
 * Returns the context of an HTTP request that is paid for by a hold: its caller, and its
 * `Idempotency-Key`.
 * @param bytes what the key belongs to: the request's body as it came
 * @returns `invalid_request` for a malformed key
 */
export async function toChatContext(
  c: Context<AuthEnv>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Result<ChatContext>> {
  const key = idempotencyKey(c.req.raw.headers);
  if (!key.ok) return key;
  const { executionCtx } = c;
  return ok({
    ...c.get("ctx"),
    caller: c.get("caller"),
    requestId: c.get("requestId"),
    idempotency:
      key.value === null
        ? null
        : { key: key.value, fingerprint: await fingerprint("POST", c.req.path, bytes) },
    waitUntil: (work) => executionCtx.waitUntil(work),
  });
}

/**
 * Completes the chat of an HTTP request, whichever surface it came by: as its caller, and once for
 * its `Idempotency-Key`.
 * @param bytes the request's body as it came
 * @returns `invalid_request` for a malformed key
 */
export async function runChat(
  c: Context<AuthEnv>,
  request: ChatRequest,
  bytes: Uint8Array<ArrayBuffer>,
  options: Pick<ChatContext, "isTranslated"> = {},
): Promise<Result<ChatAnswer>> {
  const context = await toChatContext(c, bytes);
  if (!context.ok) return context;
  return ok(await completeChat({ ...context.value, ...options }, request));
}
