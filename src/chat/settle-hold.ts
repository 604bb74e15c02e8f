import { creditAccount, type SettleResult } from "../account/index.ts";
import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { callWithRetries } from "../object/retry.ts";
import type { Settlement } from "./types.ts";

/**
 * The delays before further tries, in ms. Together well under the 30 s that a Worker lives past its
 * response.
 */
const RETRIES_MS = [50, 200, 1000, 4000, 10_000];

/**
 * Settles a hold: the second RPC of a chat. It may be retried, as a hold is settled once, however
 * often it is asked for. If every try fails the hold expires in the object by itself, uncharged: an
 * error is the operator's cost.
 * @returns how it was settled; null when the account cannot be reached, or has no such hold
 */
export async function settleHold(
  env: Env,
  userId: string,
  settlement: Settlement,
): Promise<SettleResult | null> {
  const fields = { userId, holdNo: settlement.holdNo };
  const reply = await callWithRetries(
    RETRIES_MS,
    () => creditAccount(env, userId).settle(settlement),
    (error) => log.warn("hold.settle_failed", { ...fields, message: formatError(error) }),
  );
  if (reply === undefined) {
    log.error("hold.settle_given_up", { ...fields, message: "given up: the hold will expire" });
    return null;
  }
  if (!reply.ok) {
    log.error("hold.settle_refused", { ...fields, message: reply.failure.message });
    return null;
  }
  if (reply.value.ended === "expired")
    log.error("hold.settled_late", { ...fields, message: "the hold had expired: not charged" });
  return reply.value;
}
