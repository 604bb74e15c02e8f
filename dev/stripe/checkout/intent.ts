import type { Context } from "../context.ts";
import { createPaymentIntent } from "../payments/intent.ts";
import type { PaymentIntent, Session } from "../wire.ts";

/** The payer, as typed on the page. */
export interface Payer {
  readonly email: string;
  readonly name: string | null;
}

/**
 * Returns the id of a session's intent, if a payment was tried. In `subscription` mode the session
 * does not show it.
 */
export const intentIdOf = (ctx: Context, session: Session): string | null =>
  session.payment_intent ?? ctx.store.baskets.get(session.id)?.intent ?? null;

/**
 * Returns the payment intent of a session. It is created at the first attempt to pay, as Checkout
 * does, and reused by later ones.
 */
export function ensureIntent(ctx: Context, session: Session): PaymentIntent {
  const existing = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  if (existing !== undefined) {
    const amount = session.amount_total ?? 0;
    // A promotion code may have been typed since the last attempt.
    return existing.amount === amount
      ? existing
      : ctx.store.paymentIntents.put({ ...existing, amount });
  }
  const basket = ctx.store.baskets.get(session.id);
  const isSubscription = session.mode === "subscription";
  const intentData = isSubscription
    ? ({ description: "Subscription creation", setup_future_usage: "off_session" } as const)
    : (basket?.paymentIntentData ?? {});
  const intent = createPaymentIntent(ctx, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? "usd",
    customer: session.customer,
    description: intentData.description ?? null,
    metadata: intentData.metadata ?? {},
    payment_method_types: session.payment_method_types,
    receipt_email: intentData.receipt_email ?? null,
    setup_future_usage: intentData.setup_future_usage ?? null,
    statement_descriptor: intentData.statement_descriptor ?? null,
    statement_descriptor_suffix: intentData.statement_descriptor_suffix ?? null,
  });
  if (!isSubscription) ctx.store.sessions.put({ ...session, payment_intent: intent.id });
  else if (basket !== undefined) ctx.store.baskets.put({ ...basket, intent: intent.id });
  return intent;
}
