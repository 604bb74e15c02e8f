import type { SoldPrice } from "../../../catalog/index.ts";
import { graceEndsAt } from "../../entitlement/plan-in-force.ts";
import { type CreditRates, creditsOf } from "../invoices/invoice-credits.ts";
import type { Subscription, SubscriptionInvoice } from "../store.ts";
import type { Billed } from "./look.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";

/** What our catalog says of Stripe's prices, by their ids. */
export type Sold = ReadonlyMap<string, SoldPrice>;

/** What there is to know of a subscription beside what Stripe says. */
interface Known {
  readonly userId: string;
  /** How it was written down before. */
  readonly before: Subscription | undefined;
  readonly sold: Sold;
  readonly graceDays: number;
}

/** What the lines of an invoice in this currency are worth. */
export const priced = (sold: Sold, currency: string) =>
  new Map(
    [...sold]
      // A price in another currency than the invoice's says nothing of what its amounts are worth.
      .filter(([, price]) => price.currency === currency)
      .map(([id, { planId, planName, amountMinor, creditsMicrocredits }]) => [
        id,
        { planId, title: planName, amountMinor, creditsMicrocredits },
      ]),
  );

const newest = (billed: readonly Billed[]) =>
  billed.toSorted((a, b) => b.invoice.createdAt - a.invoice.createdAt);

/**
 * The plan that was paid for last, by whatever: a change to a cheaper one is paid for by what it
 * gives back. A trial, all of it for nothing, pays for none.
 */
function planPaidLast(billed: readonly Billed[], sold: Sold): string | undefined {
  const paid = newest(billed).filter(
    ({ invoice }) =>
      invoice.status === "paid" && invoice.lines.some((line) => line.amountMinor !== 0),
  );
  const mains = paid.map(
    ({ invoice }) => creditsOf(invoice.lines, priced(sold, invoice.currency)).main,
  );
  return mains.find((main) => main !== null)?.planId;
}

/** Since when a payment is missing. */
function missingSince(
  { status }: SubscriptionFacts,
  billed: readonly Billed[],
  nowMs: number,
): number | null {
  if (status !== "past_due" && status !== "unpaid") return null;
  const open = billed
    .filter(({ invoice }) => invoice.status === "open")
    .map(({ invoice }) => invoice.dueAt);
  return open.length === 0 ? (newest(billed)[0]?.invoice.dueAt ?? nowMs) : Math.min(...open);
}

/**
 * How a subscription is written down. While a payment is missing its plan is the one that was paid
 * for last: a dearer one whose payment failed is not given on trust. One whose price is none of
 * ours any more, by the operator's hand at Stripe, keeps the plan that it had, and ends as any
 * other.
 * @returns null when none of its prices ever was one of ours
 */
export function subscriptionRow(
  facts: SubscriptionFacts,
  billed: readonly Billed[],
  { userId, before, sold, graceDays }: Known,
  nowMs: number,
): Subscription | null {
  const item =
    facts.items.find(({ stripePriceId }) => sold.has(stripePriceId)) ?? (before && facts.items[0]);
  const price = item === undefined ? undefined : (sold.get(item.stripePriceId) ?? before);
  if (item === undefined || price === undefined) return null;
  const pastDueSince = missingSince(facts, billed, nowMs);
  const planId =
    pastDueSince === null ? price.planId : (planPaidLast(billed, sold) ?? price.planId);
  const graceEnd =
    facts.status === "past_due" && pastDueSince !== null
      ? graceEndsAt(pastDueSince, graceDays)
      : null;
  return {
    id: facts.id,
    userId,
    planId,
    priceId: price.priceId,
    stripeItemId: item.id,
    status: facts.status,
    quantity: item.quantity,
    currency: facts.currency,
    currentPeriodStart: item.periodStart,
    currentPeriodEnd: item.periodEnd,
    trialEnd: facts.trialEnd,
    cancelAtPeriodEnd: facts.cancelAtPeriodEnd,
    cancelAt: facts.cancelAt,
    canceledAt: facts.canceledAt,
    endedAt: facts.endedAt,
    pastDueSince,
    nextCheckAt: graceEnd !== null && graceEnd > nowMs ? graceEnd : null,
    createdAt: facts.createdAt,
    updatedAt: nowMs,
  };
}

/**
 * What payments of its prices gave, by the invoices of a subscription that were paid by then: of
 * each price the last.
 */
export function ratesBy(invoices: readonly SubscriptionInvoice[], atMs: number): CreditRates {
  const paid = invoices.filter(({ status, createdAt }) => status === "paid" && createdAt <= atMs);
  // Trust: written by `invoiceRow` alone.
  const rates = paid
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map(({ creditRates }): CreditRates => JSON.parse(creditRates));
  return rates.reduce((known, later) => ({ ...known, ...later }), {});
}

/**
 * How an invoice is written down.
 * @param invoices those of its subscription as they were before. Once one is paid, what it gives
 *   stays as it was, whatever the catalog says later
 */
export function invoiceRow(
  { invoice, paymentState }: Billed,
  { userId, subscriptionId, sold }: { userId: string; subscriptionId: string; sold: Sold },
  invoices: readonly SubscriptionInvoice[],
  nowMs: number,
): SubscriptionInvoice {
  const known = invoices.find(({ id }) => id === invoice.id);
  const earlier = invoices.filter((other) => other !== known);
  const credits = creditsOf(
    invoice.lines,
    priced(sold, invoice.currency),
    ratesBy(earlier, invoice.createdAt),
  );
  const given =
    known?.status === "paid"
      ? known
      : {
          title: credits.main?.title ?? "Subscription",
          creditsMicrocredits: credits.microcredits,
          takenMicrocredits: credits.taken,
          creditRates: JSON.stringify(credits.rates),
          periodStart: credits.periodStart,
          periodEnd: credits.periodEnd,
        };
  return {
    id: invoice.id,
    userId,
    subscriptionId,
    title: given.title,
    status: invoice.status,
    currency: invoice.currency,
    totalMinor: invoice.totalMinor,
    paidMinor: invoice.paidMinor,
    refundedMinor: paymentState.refundedMinor,
    disputed: paymentState.frozen,
    creditsMicrocredits: given.creditsMicrocredits,
    takenMicrocredits: given.takenMicrocredits,
    creditRates: given.creditRates,
    periodStart: given.periodStart,
    periodEnd: given.periodEnd,
    stripePaymentIntentId: invoice.stripePaymentIntentId,
    createdAt: invoice.createdAt,
    paidAt: invoice.paidAt,
    updatedAt: nowMs,
  };
}

/** Whether two rows tell the same, whenever they were written. */
export function sameRow<Row extends { readonly updatedAt: number }>(
  a: Row,
  b: Row | undefined,
): boolean {
  if (b === undefined) return false;
  const others = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(
    ([name, value]) => name === "updatedAt" || others.get(name) === value,
  );
}
