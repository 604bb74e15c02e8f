import type { Config } from "../../../config.ts";
import { database } from "../../../db.ts";
import type { Env } from "../../../env.ts";
import { ok, type Result } from "../../../errors.ts";
import { failOrder, markProcessing, type Order } from "../../orders/store.ts";
import { callStripe } from "../../stripe/stripe.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
import { idOf } from "../../stripe/values.ts";
import { syncSubscription } from "./sync-subscription.ts";

/**
 * Brings an order of kind `subscription` to where its checkout page stands: once the page is
 * complete, what it began decides, and the order is completed when that has begun.
 * @param stripeId the page, or null when none was made
 */
export async function syncSubscriptionOrder(
  env: Pick<Env, "DB" | "CREDIT_ACCOUNT">,
  config: Config,
  order: Order,
  stripeId: string | null,
  nowMs: number,
): Promise<Result<SyncOutcome | "expire" | "wait">> {
  if (stripeId === null) return ok("unchanged");
  const page = await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!page.ok) return page;
  const { status, subscription } = page.value;
  const db = database(env.DB);
  if (status === "expired") {
    await failOrder(
      db,
      order.id,
      { sessionStatus: "canceled", reason: "The checkout page expired unpaid." },
      nowMs,
    );
    return ok("expire");
  }
  if (status !== "complete" || subscription === null) return ok("wait");
  await markProcessing(db, order.id);
  return await syncSubscription(env, config, idOf(subscription), nowMs);
}
