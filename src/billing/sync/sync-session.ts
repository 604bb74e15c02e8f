import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findSessionByStripeId } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { type EventObjectOutcome, syncOrder } from "./sync-order.ts";

/**
 * Brings the order of a checkout session to where Stripe says that it stands.
 * @returns why Stripe could not be asked, or what became of the order
 * @throws what `syncOrder` throws
 */
export async function syncSession(
  ctx: Context,
  stripeId: string,
): Promise<Result<EventObjectOutcome>> {
  const { db, config } = ctx;
  const known = await findSessionByStripeId(db, stripeId);
  if (known !== undefined)
    return await syncOrder(ctx, { orderId: known.orderId, requestedStripeId: stripeId });
  // Its id was never written down (a crash in checkout), or it is not ours. Metadata is ours alone;
  // a payment link's `client_reference_id` is whatever its visitor put into the address.
  const fetched = await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!fetched.ok) return fetched;
  const orderId = fetched.value.metadata?.["orderId"];
  return orderId === undefined
    ? ok("unknown")
    : await syncOrder(ctx, { orderId, requestedStripeId: stripeId });
}
