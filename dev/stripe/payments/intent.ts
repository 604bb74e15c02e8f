import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import type { PaymentIntent } from "../wire.ts";

type IntentParams = Pick<PaymentIntent, "amount" | "currency"> &
  Partial<
    Pick<
      PaymentIntent,
      | "automatic_payment_methods"
      | "customer"
      | "description"
      | "metadata"
      | "payment_method"
      | "payment_method_types"
      | "receipt_email"
      | "setup_future_usage"
      | "statement_descriptor"
      | "statement_descriptor_suffix"
      | "status"
    >
  >;

/** Creates a payment intent: for the API, for a checkout session, or for an invoice. */
export function createPaymentIntent(ctx: Context, params: IntentParams): PaymentIntent {
  const id = newId("pi", 23, "3");
  const intent = ctx.store.paymentIntents.put({
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
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
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...params,
  });
  emit(ctx, "payment_intent.created", intent);
  return intent;
}

/** Cancels an unpaid intent. */
export function cancelIntent(
  ctx: Context,
  intent: PaymentIntent,
  reason: NonNullable<PaymentIntent["cancellation_reason"]> | null,
): PaymentIntent {
  const canceled = ctx.store.paymentIntents.put({
    ...intent,
    status: "canceled",
    cancellation_reason: reason,
    canceled_at: ctx.nowSeconds(),
    next_action: null,
    processing: null,
  });
  emit(ctx, "payment_intent.canceled", canceled);
  return canceled;
}
