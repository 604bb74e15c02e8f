import {
  type AuthorizeResult,
  type ChatOutcome,
  creditAccount,
  type SettleResult,
  type StoredResponse,
} from "../account/index.ts";
import type { Env } from "../env.ts";
import { fromJson, toJson } from "../json.ts";

/** A hold that was made, as `authorize` answers it. */
export type ChatHold = Extract<AuthorizeResult, { kind: "hold" }>;

/** What the account is told when a chat is over. */
export interface Settlement {
  readonly holdNo: number;
  readonly outcome: ChatOutcome;
  readonly response: StoredResponse | null;
}

/**
 * When it is tried again, in ms. Together well under the 30 s that a Worker lives past its
 * response.
 */
const RETRIES_MS = [50, 200, 1000, 4000, 10_000];

/**
 * The second RPC of a chat: tells the account how it ended. Trying again is safe, as a hold is
 * resolved once, however often it is asked. If every try fails the hold expires in the object by
 * itself, uncharged: the error that costs the operator.
 * @returns how it was settled; null when the account could not be told, or knows nothing of it
 */
export async function settleHold(
  env: Env,
  userId: string,
  settlement: Settlement,
): Promise<SettleResult | null> {
  const log = (level: "warn" | "error", message: string) =>
    console[level](
      JSON.stringify({ level, at: "settle", userId, holdNo: settlement.holdNo, message }),
    );
  for (const waitMs of [0, ...RETRIES_MS]) {
    if (waitMs > 0) await scheduler.wait(waitMs);
    try {
      const reply = fromJson(await creditAccount(env, userId).settle(toJson(settlement)));
      if (reply.ok && reply.ended === "expired") log("error", "the hold had expired: not charged");
      if (reply.ok) return reply;
      log("error", reply.failure.message);
      return null;
    } catch (error) {
      log("warn", String(error));
    }
  }
  log("error", "given up: the hold will expire");
  return null;
}
