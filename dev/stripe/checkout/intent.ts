import type { Context } from "../context.ts";
import { makeIntent } from "../payments/intent.ts";
import type { PaymentIntent, Session } from "../wire.ts";

/** Who pays, as typed on the page. */
export interface Payer {
  readonly email: string;
  readonly name: string | null;
}

/** The payment intent of a session: made at the first attempt to pay, as Checkout does, and used again by later ones. */
export function intentOf(ctx: Context, session: Session): PaymentIntent {
  const known = session.payment_intent === null ? undefined : ctx.store.paymentIntents.get(session.payment_intent);
  if (known !== undefined) return known;
  const wanted = ctx.store.baskets.get(session.id)?.paymentIntentData ?? {};
  const intent = makeIntent(ctx, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? "usd",
    customer: session.customer,
    description: wanted.description ?? null,
    metadata: wanted.metadata ?? {},
    payment_method_types: session.payment_method_types,
    receipt_email: wanted.receipt_email ?? null,
    setup_future_usage: wanted.setup_future_usage ?? null,
    statement_descriptor: wanted.statement_descriptor ?? null,
    statement_descriptor_suffix: wanted.statement_descriptor_suffix ?? null,
  });
  ctx.store.sessions.put({ ...session, payment_intent: intent.id });
  return intent;
}
