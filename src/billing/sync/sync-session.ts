import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findSessionByStripeId } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { type EventObjectOutcome, syncOrder } from "./sync-order.ts";

/**
 * Syncs the order of a checkout session with Stripe.
 * @returns the outcome, or why Stripe could not be asked
 * @throws the errors of `syncOrder`
 */
export async function syncSession(
  ctx: Context,
  stripeId: string,
): Promise<Result<EventObjectOutcome>> {
  const { db, config } = ctx;
  const known = await findSessionByStripeId(db, stripeId);
  if (known !== undefined)
    return await syncOrder(ctx, { orderId: known.orderId, requestedStripeId: stripeId });
  // Its id was never stored (a crash in checkout), or it is not ours. Only we write metadata; the
  // `client_reference_id` of a payment link is whatever its visitor put into the address.
  const fetched = await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!fetched.ok) return fetched;
  const orderId = fetched.value.metadata?.["orderId"];
  return orderId === undefined
    ? ok("unknown")
    : await syncOrder(ctx, { orderId, requestedStripeId: stripeId });
}
