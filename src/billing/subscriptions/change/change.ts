import type Stripe from "stripe";
import {
  findPlan,
  type Interval,
  listSoldPrices,
  type PricedPlan,
} from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import { type Database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { toCredits } from "../../../units.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { toInvoiceCredits } from "../invoices/invoice-credits.ts";
import { toInvoiceLines } from "../invoices/invoice-facts.ts";
import { fetchWithLatestInvoice, isPeriodPaid, periodNotPaid } from "../invoices/period-paid.ts";
import { listSubscriptionInvoices, type Subscription } from "../store.ts";
import { paidCreditRates, toPricedCredits } from "../sync/to-rows.ts";
import { auditRequest, resync } from "./manage.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { resolveSubscriptionOffer } from "./resolve-subscription-offer.ts";
import { buildItemChanges } from "./stripe-params.ts";

/** What a subscription is to become. What is left out stays as it is. */
export interface SubscriptionChangeParams {
  readonly planId?: string | undefined;
  readonly interval?: Interval | undefined;
  readonly quantity?: number | undefined;
}

/** A change that can be made: what it leads to, and what Stripe is told. */
interface Change {
  readonly offer: SubscriptionOffer;
  readonly params: StripeChangeParams;
}

interface StripeChangeParams {
  readonly items: ReturnType<typeof buildItemChanges>;
  readonly proration_behavior: "always_invoice";
  readonly trial_end?: "now";
}

/**
 * Up or down, what is due is settled at once: credits follow the money, and neither is left for
 * later. A trial is of the plan that it was offered with, so it ends, as it does in Stripe's
 * portal.
 */
const buildStripeChangeParams = (
  stripeSubscription: Stripe.Subscription,
  stripeItemId: string,
  offer: SubscriptionOffer,
): StripeChangeParams => ({
  items: buildItemChanges(stripeSubscription, stripeItemId, offer),
  proration_behavior: "always_invoice",
  ...(stripeSubscription.status === "trialing" ? { trial_end: "now" } : {}),
});

const isChangeable = (status: Stripe.Subscription.Status): boolean =>
  status === "active" || status === "trialing";
const paymentMissing = (status: Stripe.Subscription.Status) =>
  fail(
    "conflict",
    `This subscription cannot be changed while it is ${status}: see to its payment first.`,
  );

const hasPrice = (plan: PricedPlan, interval: Interval | null | undefined, currency: string) =>
  plan.prices.some((price) => price.interval === interval && price.currency === currency);

async function decideChange(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
): Promise<Result<Change>> {
  const { db, config } = ctx;
  const { status, currency } = subscription;
  if (!isChangeable(status)) return paymentMissing(status);
  const planId = requested.planId ?? subscription.planId;
  const [plan, current] = await Promise.all([
    findPlan(db, planId),
    findPlan(db, subscription.planId),
  ]);
  if (plan === undefined)
    return fail("not_found", `There is no plan ${planId}.`, { param: "planId" });
  const currentInterval = current?.prices.find(({ id }) => id === subscription.priceId)?.interval;
  const defaultInterval = hasPrice(plan, currentInterval, currency)
    ? (currentInterval ?? undefined)
    : undefined;
  const quantity = requested.quantity ?? subscription.quantity;
  const offered = await resolveSubscriptionOffer(ctx, plan, {
    interval: requested.interval ?? defaultInterval,
    currency,
    quantity,
  });
  if (!offered.ok) return offered;
  const offer = offered.value;
  if (offer.price.id === subscription.priceId && quantity === subscription.quantity)
    return fail("already_purchased", `You are subscribed to ${plan.name} already.`, {
      param: "planId",
    });
  const fetched = await fetchWithLatestInvoice(config, subscription.id);
  if (!fetched.ok) return fetched;
  // Its last payment may just have failed, or be yet to come: time that was never paid would be
  // given back as money.
  if (!isChangeable(fetched.value.status)) return paymentMissing(fetched.value.status);
  if (!isPeriodPaid(fetched.value)) return periodNotPaid();
  return ok({
    offer,
    params: buildStripeChangeParams(fetched.value, subscription.stripeItemId, offer),
  });
}

async function showPreview(
  db: Database,
  subscription: Subscription,
  invoice: Stripe.Invoice,
  { plan, price, quantity }: SubscriptionOffer,
) {
  const lines = toInvoiceLines(invoice.lines.data);
  const sold = await listSoldPrices(
    db,
    lines.flatMap(({ stripePriceId }) => (stripePriceId === null ? [] : [stripePriceId])),
  );
  const earlierRates = paidCreditRates(
    await listSubscriptionInvoices(db, subscription.id),
    Number.POSITIVE_INFINITY,
  );
  const pricedCredits = toPricedCredits(
    new Map(sold.map((each) => [each.stripePriceId, each])),
    invoice.currency,
  );
  const { microcredits } = toInvoiceCredits(lines, pricedCredits, earlierRates);
  return {
    preview: true as const,
    planId: plan.id,
    plan: { id: plan.id, name: plan.name },
    interval: price.interval,
    quantity,
    currency: invoice.currency,
    lines: invoice.lines.data.map(({ description, amount, period }) => ({
      description,
      amountMinor: amount,
      periodStart: new Date(period.start * 1000).toISOString(),
      periodEnd: new Date(period.end * 1000).toISOString(),
    })),
    /** Below 0: credited to the customer's balance, which pays the next invoices. */
    totalMinor: invoice.total,
    amountDueMinor: invoice.amount_due,
    /** What the change gives, or below 0 takes, of credits. */
    credits: toCredits(microcredits),
  };
}

/** What a change would cost now, and what credits it would give or take. Nothing is changed. */
export async function previewChange(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
) {
  const { db, config } = ctx;
  const change = await decideChange(ctx, subscription, requested);
  if (!change.ok) return change;
  const { params, offer } = change.value;
  const preview = await callStripe(config, (stripe) =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { ...params },
    }),
  );
  return preview.ok ? ok(await showPreview(db, subscription, preview.value, offer)) : preview;
}

/**
 * Makes a subscription another: another plan, interval or quantity. What is due for the rest of the
 * period is paid at once, or credited. A payment that fails, or that needs the bank's question
 * answered, changes nothing: the plan is not given on trust.
 * @returns the subscription as it is now; `card_declined`, `already_purchased`, `conflict` while a
 *   payment is missing, `invalid_request`
 */
export async function changeSubscription(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
): Promise<Result<Subscription>> {
  const { config } = ctx;
  const change = await decideChange(ctx, subscription, requested);
  if (!change.ok) return change;
  const { params, offer } = change.value;
  const updated = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(subscription.id, {
      ...params,
      payment_behavior: "error_if_incomplete",
    }),
  );
  if (!updated.ok) return updated;
  const after = { planId: offer.plan.id, priceId: offer.price.id, quantity: offer.quantity };
  await auditRequest(ctx, subscription, { action: "subscription.change_requested", after });
  return ok(await resync(ctx, subscription));
}
