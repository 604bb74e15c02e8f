import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type CheckoutSession, failOrder, findSession } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { syncOrder } from "../sync/sync-order.ts";

const notPending = (status: string) =>
  fail("conflict", `This checkout can't be canceled: its status is ${status}.`, {
    param: "status",
  });

/**
 * Reads a session again after it was ended. It is canceled, unless it ended otherwise meanwhile.
 */
async function requireCanceled(
  db: Database,
  session: CheckoutSession,
): Promise<Result<CheckoutSession>> {
  const current = (await findSession(db, session.id)) ?? session;
  return current.status === "canceled" ? ok(current) : notPending(current.status);
}

/**
 * Cancels an attempt to pay, at Stripe first: once Stripe has closed the page, nobody can pay on it
 * any more. If the buyer has just paid, Stripe refuses, and the payment is honoured instead.
 * Canceling again changes nothing.
 * @returns the session as it is now; `conflict` when it ended otherwise; why Stripe could not be
 *   asked
 */
export async function cancelSession(
  ctx: Context,
  session: CheckoutSession,
): Promise<Result<CheckoutSession>> {
  const { db, config, nowMs } = ctx;
  const { stripeId, orderId, status } = session;
  if (status === "canceled") return ok(session);
  if (status !== "pending") return notPending(status);
  if (stripeId !== null) {
    const closed = await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    if (!closed.ok) {
      if (closed.failure.code !== "stripe_refused") return closed;
      const synced = await syncOrder(ctx, { orderId, requestedStripeId: stripeId });
      return synced.ok ? await requireCanceled(db, session) : synced;
    }
  }
  await failOrder(
    db,
    orderId,
    { sessionStatus: "canceled", reason: "Canceled by the buyer." },
    nowMs,
  );
  return await requireCanceled(db, session);
}
