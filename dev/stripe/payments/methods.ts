import { behaviourOf, type Card, type CardBehaviour, findTestCard } from "../checkout/cards.ts";
import type { Context } from "../context.ts";
import { Declined, invalid, missing } from "../errors.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import { requireCustomer } from "../resources/customers.ts";
import type { PaymentMethod } from "../wire.ts";

/** The details of the owner of a payment method. */
export interface Holder {
  readonly billingDetails?: Partial<PaymentMethod["billing_details"]> | undefined;
  readonly metadata?: Record<string, string> | undefined;
}

function baseFields(ctx: Context, { billingDetails, metadata }: Holder) {
  return {
    id: newId("pm", 23, "1"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: {
      address: null,
      email: null,
      name: null,
      phone: null,
      tax_id: null,
      ...billingDetails,
    },
    created: ctx.nowSeconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: metadata ?? {},
  } as const;
}

/**
 * Returns the fingerprint of a card, which is the same for one number whichever customer has it
 * (https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-fingerprint).
 */
function fingerprintOf(number: string): string {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (const digit of number) {
    low = Math.imul(low ^ digit.charCodeAt(0), 0x01000193) >>> 0;
    high = Math.imul(high ^ low, 0x85ebca6b) >>> 0;
  }
  return [low, high].map((half) => half.toString(16).padStart(8, "0")).join("");
}

/**
 * Stores a card as a payment method without a customer. Only what Stripe shows of the card is
 * stored, and the test card's number.
 */
export function storeCard(ctx: Context, card: Card, holder: Holder = {}): PaymentMethod {
  const method = ctx.store.paymentMethods.put({
    ...baseFields(ctx, holder),
    type: "card",
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: card.brand,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: fingerprintOf(card.number),
      funding: "credit",
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  });
  ctx.store.cards.put({ id: method.id, number: card.number, isSpent: false });
  return method;
}

/** Stores a bank account, whose debits take days. */
export function storeBankAccount(ctx: Context, holder: Holder = {}): PaymentMethod {
  return ctx.store.paymentMethods.put({
    ...baseFields(ctx, holder),
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

/** Returns the behaviour of a payment method when it is charged. */
export const behaviourOfMethod = (ctx: Context, method: PaymentMethod): CardBehaviour =>
  behaviourOf(ctx.store.cards.get(method.id)?.number ?? "");

/**
 * Finds a payment method by its id. `pm_card_visa` and similar ids create a new one each time, as
 * in Stripe's test mode.
 * @throws {ApiError} `resource_missing`
 */
export function findMethod(ctx: Context, id: string, param?: string): PaymentMethod {
  const method = ctx.store.paymentMethods.get(id);
  if (method !== undefined) return method;
  const card = id.startsWith("pm_card_") ? findTestCard(id, ctx.nowSeconds() * 1000) : undefined;
  if (card === undefined) throw missing("PaymentMethod", id, param);
  return storeCard(ctx, card);
}

/**
 * Marks a card as spent: it was paid with while it had no customer, or was detached, and cannot be
 * used again.
 */
export function markSpent(ctx: Context, methodId: string): void {
  const card = ctx.store.cards.get(methodId);
  if (card !== undefined) ctx.store.cards.put({ ...card, isSpent: true });
}

/**
 * Checks that a payment method can pay for this customer (`null` for none).
 * @throws {ApiError} 400
 */
export function checkUsable(ctx: Context, method: PaymentMethod, customer: string | null): void {
  if (ctx.store.cards.get(method.id)?.isSpent === true) {
    throw invalid(
      "The provided PaymentMethod was previously used with a PaymentIntent without Customer " +
        "attachment, shared with a connected account without Customer attachment, or was " +
        "detached from a Customer. It may not be used again. To use a PaymentMethod multiple " +
        "times, you must attach it to a Customer first.",
      "payment_method",
    );
  }
  if (method.customer !== null && method.customer !== customer) {
    const message =
      customer === null
        ? `The payment method ${method.id} is attached to a customer: ` +
          "include its customer in the request to use it."
        : `The customer does not have a payment method with the ID ${method.id}. ` +
          "The payment method must be attached to the customer.";
    throw invalid(message, "payment_method", "resource_missing");
  }
}

/**
 * Attaches a payment method to a customer without checks: the charge, or `attach`, has done them.
 */
export function attachTo(ctx: Context, method: PaymentMethod, customer: string): PaymentMethod {
  if (method.customer === customer) return method;
  const card = ctx.store.cards.get(method.id);
  if (card !== undefined) ctx.store.cards.put({ ...card, isSpent: false });
  const attached = ctx.store.paymentMethods.put({
    ...method,
    customer,
    allow_redisplay: "limited",
  });
  emit(ctx, "payment_method.attached", attached);
  return attached;
}

/**
 * Saves a payment method for a customer, which the bank may decline.
 * @throws {ApiError} 400, 402
 */
export function attach(ctx: Context, method: PaymentMethod, customerId: string): PaymentMethod {
  const customer = requireCustomer(ctx, customerId, "customer");
  if (method.customer !== null) {
    throw invalid(
      "The payment method you provided has already been attached to a customer.",
      "payment_method",
    );
  }
  checkUsable(ctx, method, customer.id);
  const behaviour = behaviourOfMethod(ctx, method);
  if (behaviour.does === "declines" && behaviour.canBeSaved !== true) {
    const { code, declineCode, message } = behaviour;
    throw new Declined({ code, decline_code: declineCode, message });
  }
  return attachTo(ctx, method, customer.id);
}

/** Detaches a payment method from its customer for good. */
export function detach(ctx: Context, method: PaymentMethod): PaymentMethod {
  const customer = ctx.store.customers.get(method.customer ?? "");
  if (customer !== undefined && customer.deleted !== true) {
    const { invoice_settings: settings } = customer;
    if (settings.default_payment_method === method.id) {
      const after = {
        ...customer,
        invoice_settings: { ...settings, default_payment_method: null },
      };
      ctx.store.customers.put(after);
      emit(ctx, "customer.updated", after, { invoice_settings: settings });
    }
  }
  const detached = ctx.store.paymentMethods.put({ ...method, customer: null });
  markSpent(ctx, method.id);
  emit(ctx, "payment_method.detached", detached, { customer: method.customer });
  return detached;
}
