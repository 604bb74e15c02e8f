import { z } from "zod";
import { chooseDiscount, discountParams } from "../checkout/discount.ts";
import { resolveTrialEnd } from "../checkout/subscription-mode.ts";
import type { Context } from "../context.ts";
import { type Purchase, redeem } from "../discounts/apply.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { checkOneCurrency } from "../one-currency.ts";
import { bool, created, int, list, metadata, paging, text } from "../params.ts";
import { beginSubscription } from "../subscriptions/begin.ts";
import { type ItemParams, PRORATION_DISCOUNTS } from "../subscriptions/build.ts";
import { cancelParams, cancelSubscription } from "../subscriptions/cancel.ts";
import { itemParams, readItems } from "../subscriptions/items.ts";
import { pauseParams, pauseSubscription } from "../subscriptions/pause.ts";
import { resumeParams, resumeSubscription } from "../subscriptions/resume.ts";
import { updateParams, updateSubscription } from "../subscriptions/update.ts";
import type { Subscription } from "../wire.ts";
import { requireCustomer } from "./customers.ts";

const createParams = z.strictObject({
  automatic_tax: z.strictObject({ enabled: bool }).optional(),
  billing_mode: z
    .strictObject({
      flexible: z
        .strictObject({ proration_discounts: z.enum(PRORATION_DISCOUNTS).optional() })
        .optional(),
      type: z.enum(["classic", "flexible"]),
    })
    .optional(),
  cancel_at: int().optional(),
  cancel_at_period_end: bool.optional(),
  collection_method: z.enum(["charge_automatically"]).optional(),
  customer: text(),
  default_payment_method: text().optional(),
  description: text(500).optional(),
  discounts: discountParams.optional(),
  items: list(itemParams, 20),
  metadata: metadata.optional(),
  off_session: bool.optional(),
  payment_behavior: z
    .enum(["allow_incomplete", "default_incomplete", "error_if_incomplete"])
    .optional(),
  payment_settings: z
    .strictObject({ save_default_payment_method: z.enum(["off", "on_subscription"]).optional() })
    .optional(),
  trial_end: int().optional(),
  trial_period_days: int(0, 730).optional(),
  trial_settings: z
    .strictObject({
      end_behavior: z.strictObject({
        missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
      }),
    })
    .optional(),
});

/**
 * Finds a payment method of the customer.
 * @throws {ApiError} `resource_missing`
 */
function requireOwnMethod(ctx: Context, customer: string, id: string): string {
  if (ctx.store.paymentMethods.get(id)?.customer === customer) return id;
  throw invalid(
    `The customer does not have a payment method with the ID ${id}. ` +
      "The payment method must be attached to the customer.",
    "default_payment_method",
    "resource_missing",
  );
}

function toPurchase(customer: string, items: readonly ItemParams[]): Purchase {
  const lines = items.map(({ price, quantity }) => ({
    product: price.product,
    amountMinor: (price.unit_amount ?? 0) * quantity,
  }));
  const subtotalMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  return { customer, currency: items[0]?.price.currency ?? "usd", subtotalMinor, lines };
}

function createSubscription(ctx: Context, params: z.output<typeof createParams>): Subscription {
  const now = ctx.nowSeconds();
  const customer = requireCustomer(ctx, params.customer, "customer");
  const {
    default_payment_method: method,
    cancel_at: cancelAt = null,
    cancel_at_period_end: atPeriodEnd = false,
  } = params;
  if (cancelAt !== null && atPeriodEnd) {
    throw invalid(
      "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
      "cancel_at",
    );
  }
  if (cancelAt !== null && cancelAt <= now)
    throw invalid("`cancel_at` must be in the future.", "cancel_at");
  const behaviour = params.payment_behavior ?? "allow_incomplete";
  const items = readItems(ctx, params.items);
  checkOneCurrency(ctx, customer.id, items[0].price.currency);
  const discount = chooseDiscount(ctx, params.discounts, toPurchase(customer.id, items));
  if (discount !== undefined)
    redeem(ctx, { coupon: discount.coupon.id, promotionCode: discount.promotionCode });
  return beginSubscription(
    ctx,
    {
      customerId: customer.id,
      items,
      discount,
      methodId: method === undefined ? null : requireOwnMethod(ctx, customer.id, method),
      trialEndSeconds: resolveTrialEnd(now, params),
      ifPaymentMethodIsMissing:
        params.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
      metadata: mergeMetadata({}, params.metadata),
      description: params.description ?? null,
      cancelAtPeriodEnd: atPeriodEnd,
      cancelAtSeconds: cancelAt,
      automaticTax: params.automatic_tax?.enabled ?? false,
      billingMode: params.billing_mode?.type ?? "flexible",
      prorationDiscounts: params.billing_mode?.flexible?.proration_discounts ?? "included",
      savesMethod: params.payment_settings?.save_default_payment_method === "on_subscription",
    },
    behaviour === "default_incomplete"
      ? { by: "confirmation" }
      : { by: "charge", ifDeclined: behaviour === "error_if_incomplete" ? "error" : "incomplete" },
  );
}

/**
 * Finds a subscription by its id.
 * @throws {ApiError} `resource_missing`
 */
function findSubscription(ctx: Context, id: string, param?: string): Subscription {
  const subscription = ctx.store.subscriptions.get(id);
  if (subscription === undefined) throw missing("subscription", id, param);
  return subscription;
}

const STATUSES = [
  "active",
  "all",
  "canceled",
  "ended",
  "incomplete",
  "incomplete_expired",
  "past_due",
  "paused",
  "trialing",
  "unpaid",
] as const;

/**
 * Returns whether a subscription has a status. Without one, canceled subscriptions are left out.
 */
function hasStatus(
  subscription: Subscription,
  wanted: (typeof STATUSES)[number] | undefined,
): boolean {
  const { status } = subscription;
  if (wanted === "all") return true;
  if (wanted === "ended") return status === "canceled" || status === "incomplete_expired";
  return wanted === undefined ? status !== "canceled" : status === wanted;
}

export const subscriptions = [
  endpoint({
    method: "post",
    path: "/v1/subscriptions",
    params: createParams,
    returns: "subscription",
    run: ({ ctx, params }) => createSubscription(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/subscriptions",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      customer: text().optional(),
      price: text().optional(),
      status: z.enum(STATUSES).optional(),
    }),
    returns: { list: "subscription" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.subscriptions
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.customer === undefined || row.customer === params.customer) &&
            (params.price === undefined ||
              row.items.data.some((item) => item.price.id === params.price)) &&
            hasStatus(row, params.status),
        );
      return paginate(wanted, params, "subscription", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/subscriptions/:id",
    params: z.strictObject({}),
    returns: "subscription",
    run: ({ ctx, id }) => findSubscription(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/subscriptions/:id",
    params: updateParams,
    returns: "subscription",
    run({ ctx, params, id }) {
      const before = findSubscription(ctx, id);
      if (params.default_payment_method !== undefined)
        requireOwnMethod(ctx, before.customer, params.default_payment_method);
      return updateSubscription(ctx, before, params);
    },
  }),
  endpoint({
    method: "delete",
    path: "/v1/subscriptions/:id",
    params: cancelParams,
    returns: "subscription",
    run: ({ ctx, params, id }) => cancelSubscription(ctx, findSubscription(ctx, id), params),
  }),
  endpoint({
    method: "post",
    path: "/v1/subscriptions/:id/resume",
    params: resumeParams,
    returns: "subscription",
    run: ({ ctx, params, id }) => resumeSubscription(ctx, findSubscription(ctx, id), params),
  }),
  endpoint({
    method: "post",
    path: "/v1/subscriptions/:id/pause",
    params: pauseParams,
    returns: "subscription",
    run: ({ ctx, params, id }) => pauseSubscription(ctx, findSubscription(ctx, id), params),
  }),
];
