import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import type { PaymentIntent, PaymentMethod, Session } from "../wire.ts";
import type { Card } from "./cards.ts";

/** Who pays, as typed on the page. */
export interface Payer {
  readonly email: string;
  readonly name: string | null;
}

function methodBase(ctx: Context, session: Session, payer: Payer) {
  return {
    id: newId("pm", 23, "1"),
    object: "payment_method",
    allow_redisplay: "limited",
    billing_details: { address: null, email: payer.email, name: payer.name, phone: null, tax_id: null },
    created: ctx.nowSeconds(),
    customer: session.customer,
    customer_account: null,
    livemode: false,
    metadata: {},
  } as const;
}

/** Keeps a card as a payment method. Nothing but what Stripe shows of it is kept. */
export function cardMethod(ctx: Context, session: Session, payer: Payer, card: Card): PaymentMethod {
  return ctx.store.paymentMethods.put({
    ...methodBase(ctx, session, payer),
    type: "card",
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: card.brand,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: `local${card.brand}${card.last4}`,
      funding: "credit",
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  });
}

/** Keeps a bank account whose debit takes days. */
export function bankMethod(ctx: Context, session: Session, payer: Payer): PaymentMethod {
  return ctx.store.paymentMethods.put({
    ...methodBase(ctx, session, payer),
    type: "us_bank_account",
    us_bank_account: {
      account_holder_type: "individual",
      account_type: "checking",
      bank_name: "STRIPE TEST BANK",
      financial_connections_account: null,
      fingerprint: "localbank6789",
      last4: "6789",
      networks: { preferred: "ach", supported: ["ach"] },
      routing_number: "110000000",
      status_details: {},
    },
  });
}

function newIntent(ctx: Context, session: Session): PaymentIntent {
  const wanted = ctx.store.baskets.get(session.id)?.paymentIntentData ?? {};
  const id = newId("pi", 23, "3");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: session.amount_total ?? 0,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}_secret_${randomText(25)}`,
    confirmation_method: "automatic",
    created: ctx.nowSeconds(),
    currency: session.currency ?? "usd",
    customer: session.customer,
    customer_account: null,
    description: wanted.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: wanted.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: session.payment_method_types,
    payment_record: null,
    processing: null,
    receipt_email: wanted.receipt_email ?? null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: wanted.statement_descriptor ?? null,
    statement_descriptor_suffix: wanted.statement_descriptor_suffix ?? null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
  };
}

/** The payment intent of a session: made at the first attempt to pay, as Checkout does, and used again by later ones. */
export function intentOf(ctx: Context, session: Session): PaymentIntent {
  const known = session.payment_intent === null ? undefined : ctx.store.paymentIntents.get(session.payment_intent);
  if (known !== undefined) return known;
  const intent = ctx.store.paymentIntents.put(newIntent(ctx, session));
  ctx.store.sessions.put({ ...session, payment_intent: intent.id });
  emit(ctx, "payment_intent.created", intent);
  return intent;
}
