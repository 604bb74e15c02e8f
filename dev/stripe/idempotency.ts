import type { Context } from "./context.ts";
import { ApiError, invalid } from "./errors.ts";
import type { StoredAnswer } from "./store.ts";

/** How long Stripe remembers a key, at the least. */
const KEY_RETENTION_SECONDS = 86_400;

const idempotencyError = (status: 400 | 409, message: string, code?: string) =>
  new ApiError(status, { type: "idempotency_error", message, code });

/**
 * The keys of requests that are being worked on now. They do not outlive the process, so they are
 * not part of the state.
 */
export type InFlight = Set<string>;

/**
 * The answer that was kept for a key, if this is the same request again.
 * @throws {ApiError} 400 where the request differs from the first, 409 while the first is still
 *   running
 */
export function findReplay(
  ctx: Context,
  inFlight: InFlight,
  key: string,
  request: { readonly path: string; readonly params: string },
): StoredAnswer | undefined {
  if (key.length > 255) throw invalid("Idempotency keys can be at most 255 characters long.");
  if (inFlight.has(key)) {
    const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
    throw idempotencyError(409, message, "idempotency_key_in_use");
  }
  const kept = ctx.store.answers.get(key);
  if (kept === undefined || kept.atSeconds + KEY_RETENTION_SECONDS < ctx.nowSeconds())
    return undefined;
  if (kept.path !== request.path) {
    throw idempotencyError(
      400,
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${request.path}' vs '${kept.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  if (kept.params !== request.params) {
    throw idempotencyError(
      400,
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  return kept;
}

/** Forgets the keys whose time is over. */
export function pruneIdempotencyKeys(ctx: Context): void {
  for (const kept of ctx.store.answers.oldestFirst()) {
    if (kept.atSeconds + KEY_RETENTION_SECONDS < ctx.nowSeconds())
      ctx.store.answers.remove(kept.id);
  }
}
