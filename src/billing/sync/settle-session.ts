import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { findSessionByStripeId } from "../orders/store.ts";
import { askStripe } from "../stripe/stripe.ts";
import { type Outcome, settleOrder } from "./sync-order.ts";

/**
 * Brings the order of a checkout session to where Stripe says that it stands.
 * @returns why Stripe could not be asked, or what became of the order
 * @throws what `settleOrder` throws
 */
export async function settleSession(
  env: Pick<Env, "DB" | "CREDIT_ACCOUNT">,
  config: Config,
  stripeId: string,
  nowMs: number,
): Promise<Result<Outcome>> {
  const bound = await findSessionByStripeId(database(env.DB), stripeId);
  if (bound !== undefined)
    return await settleOrder(env, config, { orderId: bound.orderId, offeredId: stripeId }, nowMs);
  // Its id was never written down (a crash in checkout), or it is not ours. Metadata is ours alone;
  // a payment link's `client_reference_id` is whatever its visitor put into the address.
  const asked = await askStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!asked.ok) return asked;
  const orderId = asked.value.metadata?.["orderId"];
  return orderId === undefined
    ? ok("unknown")
    : await settleOrder(env, config, { orderId, offeredId: stripeId }, nowMs);
}
