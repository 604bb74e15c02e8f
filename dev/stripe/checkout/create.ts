import { z } from "zod";
import type { Context } from "../context.ts";
import { amountStep, checkChargeable, describeMinimum } from "../currencies.ts";
import { type ApiError, invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import { mergeMetadata } from "../metadata.ts";
import { checkOneCurrency } from "../one-currency.ts";
import { bool, currency, email, int, list, metadata, text, url } from "../params.ts";
import { requireCustomer } from "../resources/customers.ts";
import type { Session } from "../wire.ts";
import { discountParams, readDiscount, sessionTotals } from "./discount.ts";
import { buildItems, lineItems } from "./items.ts";
import { checkPageParams, pageParams, toPageFields } from "./page-params.ts";
import { readSubscriptionData, subscriptionData } from "./subscription-mode.ts";

const METHODS = ["card", "us_bank_account"] as const;

/**
 * The parameters of a session. Others that Stripe knows are not modelled, and refused as unknown.
 */
export const createParams = z.strictObject({
  allow_promotion_codes: bool.optional(),
  allowed_payment_method_types: list(z.enum(METHODS)).optional(),
  automatic_tax: z.strictObject({ enabled: bool }).optional(),
  cancel_url: url.optional(),
  client_reference_id: text(200).optional(),
  currency: currency.optional(),
  discounts: discountParams.optional(),
  customer: text().optional(),
  customer_creation: z.enum(["always", "if_required"]).optional(),
  customer_email: email.optional(),
  expires_at: int().optional(),
  line_items: lineItems,
  metadata: metadata.optional(),
  mode: z.enum(["payment", "subscription"]),
  ...pageParams,
  payment_intent_data: z
    .strictObject({
      description: text(1000).optional(),
      metadata: metadata.optional(),
      receipt_email: email.optional(),
      setup_future_usage: z.enum(["off_session", "on_session"]).optional(),
      statement_descriptor: text(22).optional(),
      statement_descriptor_suffix: text(22).optional(),
    })
    .optional(),
  payment_method_collection: z.enum(["always", "if_required"]).optional(),
  submit_type: z.enum(["auto", "book", "donate", "pay"]).optional(),
  subscription_data: subscriptionData.optional(),
  success_url: url,
  ui_mode: z.enum(["hosted_page"]).optional(),
});
type Params = z.output<typeof createParams>;

const HOUR_SECONDS = 3600;

function resolveExpiry(now: number, requested: number | undefined): number {
  if (requested === undefined) return now + 24 * HOUR_SECONDS;
  const code = "parameter_invalid_integer";
  if (requested < now + HOUR_SECONDS / 2) {
    throw invalid(
      "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
      "expires_at",
      code,
    );
  }
  if (requested > now + 24 * HOUR_SECONDS) {
    throw invalid(
      "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
      "expires_at",
      code,
    );
  }
  return requested;
}

function findChargeProblem(totalMinor: number, code: string): ApiError | undefined {
  const verdict = totalMinor === 0 ? "ok" : checkChargeable(totalMinor, code);
  switch (verdict) {
    case "ok":
      return undefined;
    case "too_small":
      return invalid(
        describeMinimum("The Checkout Session's total amount due must add up to", totalMinor, code),
        undefined,
        "amount_too_small",
      );
    case "too_large":
      return invalid(
        "The Checkout Session's total amount due must be no more than 99999999",
        undefined,
        "amount_too_large",
      );
    case "not_rounded":
      return invalid(
        `The total amount in ${code} must be a multiple of ${amountStep(code)}.`,
        "line_items",
      );
    default:
      return verdict satisfies never;
  }
}

/** Builds the details of the payer, as far as they are known. */
export const customerDetails = (details: {
  email: string | null;
  name?: string | null | undefined;
}): NonNullable<Session["customer_details"]> => ({
  address: null,
  business_name: null,
  email: details.email,
  individual_name: null,
  name: details.name ?? null,
  phone: null,
  tax_exempt: "none",
  tax_ids: null,
});

/** Checks that there is no parameter of the other mode. */
function checkMode({ mode, ...params }: Params): void {
  const disallowed = {
    payment: ["subscription_data", "payment_method_collection"] as const,
    subscription: ["payment_intent_data", "customer_creation", "invoice_creation"] as const,
  };
  const [offending] = disallowed[mode].filter((name) => params[name] !== undefined);
  if (offending !== undefined)
    throw invalid(`You can not pass \`${offending}\` in \`${mode}\` mode.`, offending);
}

/**
 * Creates a checkout session.
 * @throws {ApiError} 400 for items that cannot be sold this way
 */
export function createSession(ctx: Context, params: Params): Session {
  const now = ctx.nowSeconds();
  checkMode(params);
  const isSubscription = params.mode === "subscription";
  const subscription = isSubscription
    ? readSubscriptionData(now, params.subscription_data)
    : undefined;
  const isTrial = (subscription?.trialDays ?? subscription?.trialEndSeconds ?? null) !== null;
  const conflicts = [
    params.customer_email === undefined ? undefined : "customer_email",
    params.customer_creation && "customer_creation",
  ];
  const [conflict] = conflicts.filter((name) => name !== undefined);
  if (params.customer !== undefined && conflict !== undefined) {
    throw invalid(`You may only specify one of these parameters: customer, ${conflict}.`, conflict);
  }
  const customer =
    params.customer === undefined ? undefined : requireCustomer(ctx, params.customer, "customer");
  checkPageParams(ctx, params, customer !== undefined);
  const expires_at = resolveExpiry(now, params.expires_at);
  const undiscounted = buildItems(
    ctx,
    params.line_items,
    params.currency,
    isSubscription ? { isTrial } : undefined,
  );
  if (params.discounts !== undefined && params.allow_promotion_codes !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: allow_promotion_codes, discounts.",
      "discounts",
    );
  }
  const discounted = readDiscount(ctx, params.discounts, customer?.id ?? null, undiscounted);
  const items = discounted?.items ?? undiscounted;
  const code = items[0].currency;
  const sums = sessionTotals(items);
  const total = sums.amount_total;
  if (isSubscription && customer !== undefined) checkOneCurrency(ctx, customer.id, code);
  const problem = findChargeProblem(total, code);
  if (problem !== undefined) throw problem;
  const knownEmail = customer?.email ?? params.customer_email ?? null;
  const isTaxed = params.automatic_tax?.enabled ?? false;
  if (isTaxed && customer?.address === null && params.customer_update?.address !== "auto") {
    const message =
      "Automatic tax calculation in Checkout requires a valid address on the Customer. " +
      "Add a valid address to the Customer or set `customer_update[address]` to 'auto'.";
    throw invalid(message, "automatic_tax", "customer_tax_location_invalid");
  }
  const id = newId("cs_test", 57, "a1");

  const session: Session = {
    id,
    object: "checkout.session",
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: sums.amount_subtotal,
    amount_total: total,
    automatic_tax: {
      enabled: isTaxed,
      liability: isTaxed ? { type: "self" } : null,
      provider: isTaxed ? "stripe" : null,
      status: isTaxed ? "requires_location_inputs" : null,
    },
    ...toPageFields(params, params.mode),
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    consent: null,
    created: now,
    currency: code,
    currency_conversion: null,
    custom_fields: [],
    customer: customer?.id ?? null,
    customer_account: null,
    customer_creation:
      customer === undefined
        ? (params.customer_creation ?? (isSubscription ? "always" : "if_required"))
        : null,
    customer_details:
      knownEmail === null && customer === undefined
        ? null
        : customerDetails({ email: knownEmail, name: customer?.name }),
    customer_email: params.customer_email ?? null,
    discounts: discounted === undefined ? [] : [discounted.discount],
    expires_at,
    integration_identifier: null,
    invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    mode: params.mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      params.payment_method_collection ?? (isSubscription ? "always" : "if_required"),
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: [...(params.allowed_payment_method_types ?? METHODS)],
    payment_status: total === 0 ? "no_payment_required" : "unpaid",
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: params.submit_type ?? null,
    subscription: null,
    success_url: params.success_url,
    total_details: sums.total_details,
    ui_mode: "hosted_page",
    url: `${ctx.origin}/c/pay/${id}`,
    wallet_options: null,
  };
  const { metadata: intentMetadata, ...intentData } = params.payment_intent_data ?? {};
  ctx.store.baskets.put({
    id,
    items,
    ...(subscription === undefined ? {} : { subscriptionData: subscription }),
    paymentIntentData: {
      ...intentData,
      metadata: mergeMetadata({}, intentMetadata, "payment_intent_data[metadata]"),
    },
  });
  return ctx.store.sessions.put(session);
}
