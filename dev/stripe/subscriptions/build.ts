import type { Context } from "../context.ts";
import type { AppliedDiscount } from "../discounts/subscription.ts";
import { newId } from "../ids.ts";
import type { TrialEnd } from "../store.ts";
import type { Price, Subscription, SubscriptionItem } from "../wire.ts";
import { type Period, periodAt } from "./calendar.ts";
import { isMetered } from "./metered.ts";

/** The parameters of a subscription item. */
export interface ItemParams {
  readonly price: Price;
  readonly quantity: number;
  readonly metadata: Record<string, string>;
}

/** The ways in which the flexible billing mode shows discounts. */
export const PRORATION_DISCOUNTS = ["included", "itemized"] as const;
type ProrationDiscounts = (typeof PRORATION_DISCOUNTS)[number];

/** The parameters of a subscription. */
export interface SubscriptionParams {
  readonly customerId: string;
  readonly items: readonly [ItemParams, ...ItemParams[]];
  readonly methodId: string | null;
  readonly trialEndSeconds: number | null;
  readonly ifPaymentMethodIsMissing: TrialEnd;
  readonly metadata: Record<string, string>;
  readonly description: string | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAtSeconds: number | null;
  readonly automaticTax: boolean;
  readonly billingMode: "classic" | "flexible";
  /** In the flexible mode, whether prorations are shown before or after discounts. */
  readonly prorationDiscounts: ProrationDiscounts;
  readonly savesMethod: boolean;
  readonly discount: AppliedDiscount | undefined;
}

/** Converts a price into its old form, which items still have. */
const toPlan = (price: Price): SubscriptionItem["plan"] => ({
  id: price.id,
  object: "plan",
  active: price.active,
  amount: price.unit_amount,
  amount_decimal: price.unit_amount_decimal,
  billing_scheme: price.billing_scheme,
  created: price.created,
  currency: price.currency,
  interval: price.recurring?.interval ?? "month",
  interval_count: price.recurring?.interval_count ?? 1,
  livemode: false,
  metadata: price.metadata,
  meter: price.recurring?.meter ?? null,
  nickname: price.nickname,
  product: price.product,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: price.recurring?.usage_type ?? "licensed",
});

/** Builds an item of a subscription. */
export function buildItem(
  ctx: Context,
  subscription: string,
  params: ItemParams,
  period: Period,
): SubscriptionItem {
  return {
    id: newId("si"),
    object: "subscription_item",
    billing_thresholds: null,
    created: ctx.nowSeconds(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    subscription,
    tax_rates: [],
    ...pricedFields(params),
  };
}

/**
 * Returns the fields of an item that depend on its price. Currency options are not shown inside an
 * item.
 */
export function pricedFields(
  params: ItemParams,
): Pick<SubscriptionItem, "metadata" | "plan" | "price" | "quantity"> {
  const { currency_options: _, ...price } = params.price;
  const quantity = isMetered(price) ? {} : { quantity: params.quantity };
  return { metadata: params.metadata, plan: toPlan(price), price, ...quantity };
}

/** Returns the interval of a price, which all items of a subscription share. */
export const recurringOf = (price: Price): NonNullable<Price["recurring"]> =>
  price.recurring ?? {
    interval: "month",
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: "licensed",
  };

/** Builds the list of a subscription's items. */
export const toItemList = (
  subscription: string,
  data: readonly SubscriptionItem[],
): Subscription["items"] => ({
  object: "list",
  data: [...data],
  has_more: false,
  url: `/v1/subscription_items?subscription=${subscription}`,
});

/** Returns the current period of a subscription. */
export function currentPeriod(subscription: Subscription): Period {
  const [first] = subscription.items.data;
  return { start: first?.current_period_start ?? 0, end: first?.current_period_end ?? 0 };
}

/** Builds a subscription without storing it. */
export function buildSubscription(
  ctx: Context,
  params: SubscriptionParams,
  status: "active" | "incomplete" | "trialing",
  invoiceId: string,
): Subscription {
  const id = newId("sub", 23, "1");
  const now = ctx.nowSeconds();
  const { trialEndSeconds: trialEnd } = params;
  const [{ price }] = params.items;
  const period =
    trialEnd === null ? periodAt(now, recurringOf(price), now) : { start: now, end: trialEnd };
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: params.automaticTax,
      liability: params.automaticTax ? { type: "self" } : null,
    },
    billing_cycle_anchor: trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode:
      params.billingMode === "classic"
        ? { flexible: null, type: "classic" }
        : { flexible: { proration_discounts: params.prorationDiscounts }, type: "flexible" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: params.cancelAtPeriodEnd ? period.end : params.cancelAtSeconds,
    cancel_at_period_end: params.cancelAtPeriodEnd,
    canceled_at: params.cancelAtPeriodEnd || params.cancelAtSeconds !== null ? now : null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: now,
    currency: price.currency,
    customer: params.customerId,
    customer_account: null,
    days_until_due: null,
    default_payment_method: params.methodId,
    default_source: null,
    default_tax_rates: [],
    description: params.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: toItemList(
      id,
      params.items.map((item) => buildItem(ctx, id, item, period)),
    ),
    latest_invoice: invoiceId,
    livemode: false,
    managed_payments: null,
    metadata: params.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: params.savesMethod ? "on_subscription" : "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status,
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: params.ifPaymentMethodIsMissing,
      },
    },
    trial_start: trialEnd === null ? null : now,
  };
}
