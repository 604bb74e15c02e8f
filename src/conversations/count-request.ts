import { creditAccount, type RateLimit } from "../account/index.ts";
import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";

/** The outcome of counting a request. Not counted: the chat counts it, if it comes to one. */
type Count =
  | { readonly kind: "counted" | "not_counted" }
  | { readonly kind: "refused"; readonly failure: Failure; readonly rate: RateLimit | null };

/**
 * Counts a turn by the plan's requests a minute before anything is looked up or stored for it, so
 * that turns which come to nothing are limited too. An object that cannot be reached refuses the
 * chat itself, later; one of an older version, during a deployment, counts there.
 */
export async function countRequest(env: Env, userId: string): Promise<Count> {
  try {
    const admitted = await creditAccount(env, userId).admitRequest();
    if (!admitted.ok) return { kind: "refused", failure: admitted.failure, rate: null };
    const { refusal, rate } = admitted.value;
    return refusal === null ? { kind: "counted" } : { kind: "refused", failure: refusal, rate };
  } catch (error) {
    log.warn("turn.count_failed", { userId, error: formatError(error) });
    return { kind: "not_counted" };
  }
}
