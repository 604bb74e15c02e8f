import type { Context } from "./context.ts";
import { ApiError, invalid } from "./errors.ts";
import type { StoredAnswer } from "./store.ts";

/** The minimum time for which Stripe keeps a key. */
const KEY_RETENTION_SECONDS = 86_400;

const idempotencyError = (status: 400 | 409, message: string, code?: string) =>
  new ApiError(status, { type: "idempotency_error", message, code });

/**
 * The keys of requests in progress. They do not outlive the process, so they are not part of the
 * state.
 */
export type InFlight = Set<string>;

/**
 * Finds the stored answer for a key, if this is the same request again.
 * @throws {ApiError} 400 if the request differs from the first, 409 if the first is still in
 *   progress
 */
export function findReplay(
  ctx: Context,
  inFlight: InFlight,
  key: string,
  request: { readonly path: string; readonly params: string },
): StoredAnswer | undefined {
  if (key.length > 255) throw invalid("Idempotency keys can be at most 255 characters long.");
  if (inFlight.has(key)) {
    const message =
      "There is currently another in-progress request using this Idempotent Key (that probably " +
      "means you submitted twice, and the other request is still going through): " +
      `${key}. Please try again later.`;
    throw idempotencyError(409, message, "idempotency_key_in_use");
  }
  const stored = ctx.store.answers.get(key);
  if (stored === undefined || stored.atSeconds + KEY_RETENTION_SECONDS < ctx.nowSeconds())
    return undefined;
  if (stored.path !== request.path) {
    throw idempotencyError(
      400,
      "Keys for idempotent requests can only be used for the same endpoint they were first used " +
        `for ('${request.path}' vs '${stored.path}'). Try using a key other than '${key}' if you ` +
        "meant to execute a different request.",
    );
  }
  if (stored.params !== request.params) {
    throw idempotencyError(
      400,
      "Keys for idempotent requests can only be used with the same parameters they were first " +
        `used with. Try using a key other than '${key}' if you meant to execute a different ` +
        "request.",
    );
  }
  return stored;
}

/** Deletes the keys that are no longer kept. */
export function pruneIdempotencyKeys(ctx: Context): void {
  for (const stored of ctx.store.answers.oldestFirst()) {
    if (stored.atSeconds + KEY_RETENTION_SECONDS < ctx.nowSeconds())
      ctx.store.answers.remove(stored.id);
  }
}
