import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { mergeMetadata } from "../metadata.ts";
import { int, metadata, text } from "../params.ts";
import type { Basket } from "../store.ts";
import { beginSubscription } from "../subscriptions/begin.ts";
import { type ItemParams, PRORATION_DISCOUNTS } from "../subscriptions/build.ts";
import type { LineItem, PaymentIntent, Session } from "../wire.ts";
import { findSessionDiscount } from "./discount.ts";

/** The `subscription_data` parameter: the options of the subscription to come. */
export const subscriptionData = z.strictObject({
  billing_mode: z
    .strictObject({
      flexible: z
        .strictObject({ proration_discounts: z.enum(PRORATION_DISCOUNTS).optional() })
        .optional(),
      type: z.enum(["flexible"]),
    })
    .optional(),
  description: text(500).optional(),
  metadata: metadata.optional(),
  trial_end: int().optional(),
  trial_period_days: int(1, 730).optional(),
  trial_settings: z
    .strictObject({
      end_behavior: z.strictObject({
        missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
      }),
    })
    .optional(),
});
type SubscriptionData = z.output<typeof subscriptionData>;

const DAY_SECONDS = 86_400;

/**
 * Returns the end of a trial that begins now; null for no trial.
 * @throws {ApiError} 400
 */
export function resolveTrialEnd(
  now: number,
  params: {
    readonly trial_end?: number | undefined;
    readonly trial_period_days?: number | undefined;
  },
  parent?: string,
): number | null {
  const { trial_end: end, trial_period_days: days } = params;
  const param = parent === undefined ? "trial_end" : `${parent}[trial_end]`;
  if (end !== undefined && days !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: trial_end, trial_period_days.",
      param,
    );
  }
  if (days !== undefined) return days === 0 ? null : now + days * DAY_SECONDS;
  if (end !== undefined && end <= now) {
    throw invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", param);
  }
  return end ?? null;
}

/** Reads the data that is stored for the subscription of a session. */
export function readSubscriptionData(
  now: number,
  params: SubscriptionData = {},
): NonNullable<Basket["subscriptionData"]> {
  resolveTrialEnd(now, params, "subscription_data");
  if (params.trial_end !== undefined && params.trial_end < now + 2 * DAY_SECONDS) {
    throw invalid(
      "The `trial_end` date has to be at least 2 days in the future.",
      "subscription_data[trial_end]",
    );
  }
  return {
    description: params.description ?? null,
    prorationDiscounts: params.billing_mode?.flexible?.proration_discounts ?? "included",
    metadata: mergeMetadata({}, params.metadata, "subscription_data[metadata]"),
    trialEndSeconds: params.trial_end ?? null,
    trialDays: params.trial_period_days ?? null,
    ifPaymentMethodIsMissing:
      params.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
  };
}

/** Returns whether a session needs a card: for a payment now, or for one after a trial. */
export const asksForCard = (session: Session): boolean =>
  (session.amount_total ?? 0) > 0 ||
  (session.mode === "subscription" && session.payment_method_collection === "always");

const isRecurring = (item: LineItem): boolean => item.price?.type === "recurring";

const toItemParams = ({ price, quantity }: LineItem): ItemParams[] =>
  price === null ? [] : [{ price, quantity: quantity ?? 1, metadata: {} }];

/**
 * Begins the subscription that a session sold, once it is paid, as the real Checkout does: a
 * declined card leaves no subscription.
 * @param intent the paid intent; undefined if nothing was due
 */
export function beginSoldSubscription(
  ctx: Context,
  session: Session,
  intent: PaymentIntent | undefined,
  methodId: string | null,
): Pick<Session, "invoice" | "subscription"> {
  const basket = ctx.store.baskets.get(session.id);
  const items = basket?.items ?? [];
  const [first, ...rest] = items.filter(isRecurring).flatMap(toItemParams);
  if (first === undefined || session.customer === null)
    throw new Error(`${session.id} has nothing to subscribe to.`);
  const data = basket?.subscriptionData;
  const subscription = beginSubscription(
    ctx,
    {
      customerId: session.customer,
      items: [first, ...rest],
      methodId,
      // The days count from now, not from the creation of the session.
      trialEndSeconds: resolveTrialEnd(ctx.nowSeconds(), {
        trial_end: data?.trialEndSeconds ?? undefined,
        trial_period_days: data?.trialDays ?? undefined,
      }),
      ifPaymentMethodIsMissing: data?.ifPaymentMethodIsMissing ?? "create_invoice",
      metadata: data?.metadata ?? {},
      description: data?.description ?? null,
      cancelAtPeriodEnd: false,
      cancelAtSeconds: null,
      automaticTax: session.automatic_tax.enabled,
      billingMode: "flexible",
      prorationDiscounts: data?.prorationDiscounts ?? "included",
      savesMethod: false,
      discount: findSessionDiscount(ctx, session),
    },
    { by: "intent", intent },
    items.filter((item) => !isRecurring(item)),
  );
  return { subscription: subscription.id, invoice: subscription.latest_invoice };
}
