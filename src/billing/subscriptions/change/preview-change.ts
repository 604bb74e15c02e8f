import type Stripe from "stripe";
import { listSoldPrices, type SoldPrice } from "../../../catalog/index.ts";
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
import { type FormerTerms, showFormerTerms } from "./former-terms.ts";
import { type PreparedChange, prepareChange } from "./prepare-change.ts";
import { showChangeLine } from "./show-change-line.ts";

/** Lists the plans behind the lines of an invoice. */
async function listSoldOn(db: Database, invoice: Stripe.Invoice): Promise<SoldPrice[]> {
  const priceIds = toInvoiceLines(invoice.lines.data).flatMap(({ stripePriceId }) =>
    stripePriceId === null ? [] : [stripePriceId],
  );
  return await listSoldPrices(db, priceIds);
}

/** Returns the credits that an invoice would give, or below 0 take, in microcredits. */
async function previewCredits(
  db: Database,
  subscription: Subscription,
  invoice: Stripe.Invoice,
  sold: readonly SoldPrice[],
): Promise<number> {
  const lines = toInvoiceLines(invoice.lines.data);
  const invoices = await listSubscriptionInvoices(db, subscription.id);
  const pricedCredits = toPricedCredits(
    new Map(sold.map((price) => [price.stripePriceId, price])),
    invoice.currency,
  );
  const earlierRates = paidCreditRates(invoices, Number.POSITIVE_INFINITY);
  return toInvoiceCredits(lines, pricedCredits, earlierRates).microcredits;
}

/** What the preview of a change is made of. */
interface PreviewFacts {
  readonly subscription: Subscription;
  readonly change: PreparedChange;
  readonly invoice: Stripe.Invoice;
  readonly sold: readonly SoldPrice[];
  readonly current: FormerTerms;
  readonly microcredits: number;
}

function showPreview(facts: PreviewFacts): ChangePreviewView {
  const { subscription, invoice, sold, current, microcredits } = facts;
  const { offer, params } = facts.change;
  const { plan, price, quantity } = offer;
  // Usage past the plan has a line even where there is none of it.
  const lines = invoice.lines.data.filter((line) => line.quantity !== 0);
  const endsTrial = params.trial_end === "now";
  const beginsPeriod = endsTrial || params.billing_cycle_anchor !== undefined;
  const lastEnd = Math.max(0, ...lines.map(({ period }) => secondsToMs(period.end)));
  return {
    preview: true,
    planId: plan.id,
    plan: { id: plan.id, name: plan.name, names: plan.names },
    interval: price.interval,
    quantity,
    currency: invoice.currency,
    amountMinor: price.amountMinor * quantity,
    nextPaymentAt: toIso(beginsPeriod && lastEnd > 0 ? lastEnd : subscription.currentPeriodEnd),
    endsTrial,
    from: current,
    lines: lines.map((line) => showChangeLine(line, offer, sold)),
    totalMinor: invoice.total,
    amountDueMinor: invoice.amount_due,
    credits: toCredits(microcredits),
  };
}

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
  const { params, currentPlan } = change.value;
  const preview = await callStripe(config, (stripe) =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { ...params },
    }),
  );
  if (!preview.ok) return preview;
  const invoice = preview.value;
  const [sold, current] = await Promise.all([
    listSoldOn(db, invoice),
    showFormerTerms(db, subscription, currentPlan),
  ]);
  const microcredits = await previewCredits(db, subscription, invoice, sold);
  return ok(
    showPreview({ subscription, change: change.value, invoice, sold, current, microcredits }),
  );
}
