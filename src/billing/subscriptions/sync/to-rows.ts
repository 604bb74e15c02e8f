import type { SoldPrice } from "../../../catalog/index.ts";
import { graceEndsAt } from "../../entitlement/effective-plan.ts";
import { type CreditRates, toInvoiceCredits } from "../invoices/invoice-credits.ts";
import { isLive, type Subscription, type SubscriptionInvoice } from "../store.ts";
import { REMINDER_MS } from "./decide-notices.ts";
import type { InvoiceSnapshot } from "./fetch-snapshot.ts";
import { decidePaidTime } from "./paid-time.ts";
import { endChecks } from "./scheduled-end.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";

/** The catalog's prices, by Stripe's ids. */
export type SoldPrices = ReadonlyMap<string, SoldPrice>;

/** Everything that a subscription's row depends on beside Stripe's facts. */
interface RowContext {
  readonly userId: string;
  /** The row as it is stored now. */
  readonly stored: Subscription | undefined;
  readonly sold: SoldPrices;
  readonly graceDays: number;
}

/** Converts prices into the credits that lines of an invoice in a currency are worth. */
export const toPricedCredits = (sold: SoldPrices, currency: string) =>
  new Map(
    [...sold]
      // Amounts of the invoice cannot be compared with a price in another currency.
      .filter(([, price]) => price.currency === currency)
      .map(([id, { planId, planName, amountMinor, creditsMicrocredits }]) => [
        id,
        { planId, title: planName, amountMinor, creditsMicrocredits },
      ]),
  );

const newestFirst = (invoices: readonly InvoiceSnapshot[]) =>
  invoices.toSorted((a, b) => b.invoice.createdAt - a.invoice.createdAt);

/**
 * Returns the plan that was paid for last, with money or otherwise: a change to a cheaper plan is
 * paid for by the time that it gives back. A trial costs nothing, and pays for no plan.
 */
function lastPaidPlan(invoices: readonly InvoiceSnapshot[], sold: SoldPrices): string | undefined {
  const paid = newestFirst(invoices).filter(
    ({ invoice }) =>
      invoice.status === "paid" && invoice.lines.some((line) => line.amountMinor !== 0),
  );
  const mains = paid.map(
    ({ invoice }) => toInvoiceCredits(invoice.lines, toPricedCredits(sold, invoice.currency)).main,
  );
  return mains.find((main) => main !== null)?.planId;
}

/** Returns the time since which a payment is missing; null when none is. */
function paymentMissingSince(
  { status }: SubscriptionFacts,
  invoices: readonly InvoiceSnapshot[],
  nowMs: number,
): number | null {
  if (status !== "past_due" && status !== "unpaid") return null;
  const open = invoices
    .filter(({ invoice }) => invoice.status === "open")
    .map(({ invoice }) => invoice.dueAt);
  return open.length === 0 ? (newestFirst(invoices)[0]?.invoice.dueAt ?? nowMs) : Math.min(...open);
}

/**
 * Builds the row of a subscription. While a payment is missing, its plan is the one that was paid
 * for last: a dearer plan whose payment failed is not given on trust. A subscription whose price
 * the operator replaced at Stripe by one that is not the catalog's keeps its plan, and ends as any
 * other.
 * @returns null when it never had a price of the catalog
 */
export function toSubscriptionRow(
  facts: SubscriptionFacts,
  invoices: readonly InvoiceSnapshot[],
  { userId, stored, sold, graceDays }: RowContext,
  nowMs: number,
): Subscription | null {
  const item =
    facts.items.find(({ stripePriceId }) => sold.has(stripePriceId)) ?? (stored && facts.items[0]);
  const price = item === undefined ? undefined : (sold.get(item.stripePriceId) ?? stored);
  if (item === undefined || price === undefined) return null;
  const pastDueSince = paymentMissingSince(facts, invoices, nowMs);
  const { isPaymentMissing, entitledUntil } = decidePaidTime(
    facts,
    // A change that is not made yet takes nothing from what was paid for.
    invoices.flatMap(({ invoice }) => (invoice.id === facts.pendingInvoiceId ? [] : [invoice])),
    graceDays,
    nowMs,
  );
  const planId =
    pastDueSince === null && !isPaymentMissing
      ? price.planId
      : (lastPaidPlan(invoices, sold) ?? price.planId);
  const graceEnd =
    facts.status === "past_due" && pastDueSince !== null
      ? graceEndsAt(pastDueSince, graceDays)
      : null;
  // One that has ended is checked once more: its last usage is handed over.
  const checks = [
    graceEnd,
    graceEnd === null ? null : graceEnd - REMINDER_MS,
    isLive(facts) ? entitledUntil : null,
    ...endChecks(facts.cancelAt),
  ].flatMap((at) => (at !== null && at > nowMs ? [at] : []));
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
    entitledUntil,
    nextCheckAt: checks.length === 0 ? null : Math.min(...checks),
    createdAt: facts.createdAt,
    updatedAt: nowMs,
  };
}

/**
 * Returns the credits that the last payment of each price gave, from those invoices of a
 * subscription that were paid and created by a given time.
 */
export function paidCreditRates(
  invoices: readonly SubscriptionInvoice[],
  atMs: number,
): CreditRates {
  const paid = invoices.filter(({ status, createdAt }) => status === "paid" && createdAt <= atMs);
  // Trust: only `toInvoiceRow` writes this JSON.
  const rates = paid
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map(({ creditRates }): CreditRates => JSON.parse(creditRates));
  return rates.reduce((merged, later) => ({ ...merged, ...later }), {});
}

/**
 * Builds the row of an invoice.
 * @param invoices the stored invoices of its subscription. Once one is paid, its credits stay as
 *   they were, even if the catalog changes later
 */
export function toInvoiceRow(
  { invoice, paymentState }: InvoiceSnapshot,
  { userId, subscriptionId, sold }: { userId: string; subscriptionId: string; sold: SoldPrices },
  invoices: readonly SubscriptionInvoice[],
  nowMs: number,
): SubscriptionInvoice {
  const stored = invoices.find(({ id }) => id === invoice.id);
  const earlier = invoices.filter((other) => other !== stored);
  const credits = toInvoiceCredits(
    invoice.lines,
    toPricedCredits(sold, invoice.currency),
    paidCreditRates(earlier, invoice.createdAt),
  );
  const granted =
    stored?.status === "paid"
      ? stored
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
    title: granted.title,
    status: invoice.status,
    currency: invoice.currency,
    totalMinor: invoice.totalMinor,
    paidMinor: invoice.paidMinor,
    refundedMinor: paymentState.refundedMinor,
    disputed: paymentState.frozen,
    creditsMicrocredits: granted.creditsMicrocredits,
    takenMicrocredits: granted.takenMicrocredits,
    creditRates: granted.creditRates,
    periodStart: granted.periodStart,
    periodEnd: granted.periodEnd,
    stripePaymentIntentId: invoice.stripePaymentIntentId,
    createdAt: invoice.createdAt,
    paidAt: invoice.paidAt,
    updatedAt: nowMs,
  };
}

/** Returns whether two rows are equal but for the time at which they were written. */
export function isSameRow<Row extends { readonly updatedAt: number }>(
  a: Row,
  b: Row | undefined,
): boolean {
  if (b === undefined) return false;
  const others = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(
    ([name, value]) => name === "updatedAt" || others.get(name) === value,
  );
}
