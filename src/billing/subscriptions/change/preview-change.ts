import type Stripe from "stripe";
import { listSoldPrices } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import type { Database } from "../../../db.ts";
import { ok, type Result } from "../../../errors.ts";
import { toIso } from "../../../time.ts";
import { toCredits } from "../../../units.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { secondsToMs } from "../../stripe/values.ts";
import { toInvoiceCredits } from "../invoices/invoice-credits.ts";
import { toInvoiceLines } from "../invoices/invoice-facts.ts";
import { listSubscriptionInvoices, type Subscription } from "../store.ts";
import { paidCreditRates, toPricedCredits } from "../sync/to-rows.ts";
import type { ChangePreviewView } from "../wire.ts";
import type { SubscriptionChangeParams } from "./decide-change.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { prepareChange } from "./prepare-change.ts";

/** Returns the credits that an invoice would give, or below 0 take, in microcredits. */
async function previewCredits(
  db: Database,
  subscription: Subscription,
  invoice: Stripe.Invoice,
): Promise<number> {
  const lines = toInvoiceLines(invoice.lines.data);
  const priceIds = lines.flatMap(({ stripePriceId }) =>
    stripePriceId === null ? [] : [stripePriceId],
  );
  const [sold, invoices] = await Promise.all([
    listSoldPrices(db, priceIds),
    listSubscriptionInvoices(db, subscription.id),
  ]);
  const pricedCredits = toPricedCredits(
    new Map(sold.map((price) => [price.stripePriceId, price])),
    invoice.currency,
  );
  const earlierRates = paidCreditRates(invoices, Number.POSITIVE_INFINITY);
  return toInvoiceCredits(lines, pricedCredits, earlierRates).microcredits;
}

const showPreview = (
  invoice: Stripe.Invoice,
  { plan, price, quantity }: SubscriptionOffer,
  microcredits: number,
): ChangePreviewView => ({
  preview: true,
  planId: plan.id,
  plan: { id: plan.id, name: plan.name },
  interval: price.interval,
  quantity,
  currency: invoice.currency,
  // Usage past the plan has a line even where there is none of it.
  lines: invoice.lines.data
    .filter(({ quantity }) => quantity !== 0)
    .map(({ description, amount, period }) => ({
      description,
      amountMinor: amount,
      periodStart: toIso(secondsToMs(period.start)),
      periodEnd: toIso(secondsToMs(period.end)),
    })),
  totalMinor: invoice.total,
  amountDueMinor: invoice.amount_due,
  credits: toCredits(microcredits),
});

/**
 * Returns the cost of a change made now, and the credits that it would give or take. Changes
 * nothing.
 * @returns else the reasons for which `changeSubscription` refuses the change
 */
export async function previewChange(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
): Promise<Result<ChangePreviewView>> {
  const { db, config } = ctx;
  const change = await prepareChange(ctx, subscription, requested);
  if (!change.ok) return change;
  const { params, offer } = change.value;
  const preview = await callStripe(config, (stripe) =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { ...params },
    }),
  );
  if (!preview.ok) return preview;
  const microcredits = await previewCredits(db, subscription, preview.value);
  return ok(showPreview(preview.value, offer, microcredits));
}
