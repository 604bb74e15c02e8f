import type { Context } from "../context.ts";
import { newId } from "../ids.ts";
import type { Charge, PaymentIntent, PaymentMethod } from "../wire.ts";

/** The reason of a bank's refusal. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

function buildMethodDetails(
  method: PaymentMethod,
  amountMinor: number,
  authenticated: boolean,
): Charge["payment_method_details"] {
  const { card, us_bank_account: bank } = method;
  if (card === undefined) {
    return {
      type: "us_bank_account",
      us_bank_account: {
        account_holder_type: bank?.account_holder_type ?? null,
        account_type: bank?.account_type ?? null,
        bank_name: bank?.bank_name ?? null,
        fingerprint: bank?.fingerprint ?? null,
        last4: bank?.last4 ?? null,
        payment_reference: null,
        routing_number: bank?.routing_number ?? null,
      },
    };
  }
  return {
    type: "card",
    card: {
      amount_authorized: amountMinor,
      authorization_code: "123456",
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      extended_authorization: { status: "disabled" },
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      incremental_authorization: { status: "unavailable" },
      installments: null,
      last4: card.last4,
      mandate: null,
      multicapture: { status: "unavailable" },
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: amountMinor, status: "unavailable" },
      regulated_status: "unregulated",
      three_d_secure: authenticated
        ? {
            authentication_flow: "challenge",
            electronic_commerce_indicator: "05",
            exemption_indicator: null,
            result: "authenticated",
            result_reason: null,
            transaction_id: null,
            version: "2.2.0",
          }
        : null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

function buildOutcome(
  status: "succeeded" | "pending" | "failed",
  decline: Decline | undefined,
): Charge["outcome"] {
  const declined = decline !== undefined;
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: declined ? "01" : null,
    network_status: declined
      ? "declined_by_network"
      : status === "pending"
        ? null
        : "approved_by_network",
    reason: decline?.declineCode ?? null,
    risk_level: "normal",
    risk_score: 12,
    seller_message: declined
      ? "The bank did not return any further details with this decline."
      : "Payment complete.",
    type: declined ? "issuer_declined" : "authorized",
  };
}

/** Creates a charge for one attempt to pay an intent, and makes it the intent's latest charge. */
export function createCharge(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  result: {
    readonly status: "succeeded" | "pending" | "failed";
    readonly decline?: Decline | undefined;
    readonly authenticated?: boolean;
  },
): Charge {
  const { status, decline, authenticated = false } = result;
  const id = newId(method.card === undefined ? "py" : "ch", 23, "3");
  return ctx.store.charges.put({
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: status === "succeeded" ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: intent.statement_descriptor ?? "LOCAL STRIPE",
    captured: status === "succeeded",
    created: ctx.nowSeconds(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: buildOutcome(status, decline),
    paid: status === "succeeded",
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: buildMethodDetails(method, intent.amount, authenticated),
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: status === "succeeded" ? `${ctx.origin}/#${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status,
    transfer_data: null,
    transfer_group: null,
  });
}
