import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type CheckoutSession, failOrder, findSession } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { syncOrder } from "../sync/sync-order.ts";

const notPending = (status: string) =>
  fail("conflict", `This checkout can no longer be canceled: it is ${status}.`, {
    param: "status",
  });

/**
 * Ends an attempt to pay, at Stripe first: once Stripe has closed the page, nobody can pay on it
 * any more. Should the buyer have paid just before, Stripe refuses, and the payment is honoured
 * instead. Canceling twice is canceling once.
 * @returns the session as it is now; `conflict` when it had ended otherwise, or why Stripe could
 *   not be asked
 */
export async function cancelSession(
  ctx: Context,
  session: CheckoutSession,
): Promise<Result<CheckoutSession>> {
  const { db, config, nowMs } = ctx;
  if (session.status === "canceled") return ok(session);
  if (session.status !== "pending") return notPending(session.status);
  const { stripeId } = session;
  if (stripeId !== null) {
    const closed = await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    if (!closed.ok) {
      if (closed.failure.code !== "stripe_refused") return closed;
      const synced = await syncOrder(ctx, {
        orderId: session.orderId,
        requestedStripeId: stripeId,
      });
      if (!synced.ok) return synced;
      const current = (await findSession(db, session.id)) ?? session;
      return current.status === "canceled" ? ok(current) : notPending(current.status);
    }
  }
  await failOrder(
    db,
    session.orderId,
    { sessionStatus: "canceled", reason: "Canceled by the buyer." },
    nowMs,
  );
  const current = (await findSession(db, session.id)) ?? session;
  return current.status === "canceled" ? ok(current) : notPending(current.status);
}
