import { z } from "zod";
import { type Card, readCard } from "../checkout/cards.ts";
import type { Context } from "../context.ts";
import { ApiError } from "../errors.ts";
import { emit } from "../events.ts";
import { attach, storeCard } from "../payments/methods.ts";
import { requireCustomer } from "../resources/customers.ts";
import { currentPeriod } from "../subscriptions/build.ts";
import { cancelSubscription } from "../subscriptions/cancel.ts";
import { changeSubscription } from "../subscriptions/change.ts";
import { updateSubscription } from "../subscriptions/update.ts";
import type { Customer, PortalConfiguration, PortalSession, Subscription } from "../wire.ts";
import { offeredPrices } from "./create.ts";

const prorations = z.enum(["always_invoice", "create_prorations", "none"]);

/** The problem that the page shows, or undefined for success. */
export type ActionResult = { readonly problem: string } | undefined;

/** Runs an action whole or not at all, as a request to the API. */
function runAtomically(ctx: Context, work: () => unknown): ActionResult {
  try {
    ctx.store.atomically(work);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return { problem: error.message };
    throw error;
  }
}

/** Returns how a configuration has a change billed, and what it makes of periods and a trial. */
export function changeTerms({ features }: PortalConfiguration, { status }: Subscription) {
  const update = features.subscription_update;
  const isTrialEnded = status === "trialing" && update.trial_update_behavior === "end_trial";
  return {
    proration_behavior: prorations.parse(update.proration_behavior),
    ...(update.billing_cycle_anchor === "now"
      ? { billing_cycle_anchor: { type: "now" } as const }
      : {}),
    ...(isTrialEnded ? { trial_end: "now" as const } : {}),
  };
}

/**
 * Applies the change of a confirmation flow, as the configuration says. Without its payment nothing
 * changes.
 */
export function confirmChange(
  ctx: Context,
  configuration: PortalConfiguration,
  subscription: Subscription,
  flow: NonNullable<PortalSession["flow"]>,
): ActionResult {
  const items = flow.subscription_update_confirm?.items ?? [];
  return runAtomically(ctx, () =>
    updateSubscription(ctx, subscription, {
      items: items.map(({ id, price, quantity }) => ({
        id: id ?? undefined,
        price: price ?? undefined,
        quantity,
      })),
      ...changeTerms(configuration, subscription),
      payment_behavior: "error_if_incomplete",
    }),
  );
}

/** Changes the price to one that the customer chose in the portal. */
export function changePrice(
  ctx: Context,
  configuration: PortalConfiguration,
  subscription: Subscription,
  price: string,
): ActionResult {
  if (!offeredPrices(configuration).includes(price))
    return { problem: "This plan is not offered here." };
  return runAtomically(ctx, () =>
    updateSubscription(ctx, subscription, {
      items: [{ id: subscription.items.data[0]?.id, price }],
      ...changeTerms(configuration, subscription),
      payment_behavior: "error_if_incomplete",
    }),
  );
}

/**
 * Cancels a subscription, at once or at the end of its period as the configuration says. In the
 * flexible billing mode the portal then sets only `cancel_at`, and `cancel_at_period_end` stays
 * false (docs.stripe.com/billing/subscriptions/billing-mode/compare).
 */
export function cancel(
  ctx: Context,
  { features }: PortalConfiguration,
  subscription: Subscription,
): ActionResult {
  const { enabled, mode, proration_behavior: prorated } = features.subscription_cancel;
  if (!enabled) return { problem: "Subscriptions cannot be canceled here." };
  if (mode === "immediately") {
    const isBilled = prorated !== "none";
    return runAtomically(ctx, () =>
      cancelSubscription(ctx, subscription, { prorate: isBilled, invoice_now: isBilled }),
    );
  }
  const isFlexible = subscription.billing_mode.type === "flexible";
  const change = isFlexible
    ? { cancel_at: currentPeriod(subscription).end }
    : { cancel_at_period_end: true };
  return runAtomically(ctx, () => updateSubscription(ctx, subscription, change));
}

/** Undoes a cancellation. */
export const undoCancellation = (ctx: Context, subscription: Subscription): ActionResult =>
  runAtomically(ctx, () => updateSubscription(ctx, subscription, { cancel_at: null }));

/** Makes a new card the default of the customer and of each subscription. */
export function changeCard(
  ctx: Context,
  customerId: string,
  typed: { readonly number: string; readonly expiry: string; readonly cvc: string },
): ActionResult {
  const card = readCard(typed, ctx.nowSeconds() * 1000);
  if ("field" in card) return { problem: card.message };
  return runAtomically(ctx, () => setDefaultCard(ctx, customerId, card));
}

function setDefaultCard(ctx: Context, customerId: string, card: Card): void {
  const before = requireCustomer(ctx, customerId);
  const method = attach(
    ctx,
    storeCard(ctx, card, { billingDetails: { email: before.email, name: before.name ?? null } }),
    customerId,
  );
  const { invoice_settings: settings } = before;
  const after: Customer = {
    ...before,
    invoice_settings: { ...settings, default_payment_method: method.id },
  };
  ctx.store.customers.put(after);
  emit(ctx, "customer.updated", after, { invoice_settings: settings });
  for (const subscription of ctx.store.subscriptions.oldestFirst()) {
    const isOver = ["canceled", "incomplete_expired"].includes(subscription.status);
    if (
      subscription.customer === customerId &&
      subscription.default_payment_method !== null &&
      !isOver
    ) {
      changeSubscription(ctx, subscription, { default_payment_method: method.id });
    }
  }
}
