import { DAY_MS, HOUR_MS } from "../../../time.ts";
import { graceEndsAt } from "../../entitlement/effective-plan.ts";
import type { InvoiceFacts } from "../invoices/invoice-facts.ts";
import type { Subscription } from "../store.ts";

type PaidInvoice = Pick<InvoiceFacts, "status" | "createdAt" | "dueAt" | "lines">;

/** The money for the time that a subscription runs in now. */
export interface PaidTime {
  /** Whether the plan is the one that was paid for last, and not the one that is billed now. */
  readonly isPaymentMissing: boolean;
  /**
   * Until when it entitles without another payment, in ms: 0 is not at all, null as long as its
   * status entitles.
   */
  readonly entitledUntil: number | null;
}

const PAID: PaidTime = { isPaymentMissing: false, entitledUntil: null };

/**
 * Stripe's clock may be ahead of ours: an invoice counts for the present time a little before it
 * begins.
 */
const CLOCK_TOLERANCE_MS = HOUR_MS;

/**
 * Stripe finalizes a renewal's draft after an hour, and waits for our webhook for up to three days
 * (https://docs.stripe.com/billing/subscriptions/webhooks).
 */
const DRAFT_MS = 3 * DAY_MS + HOUR_MS;

/** The time that an automatic payment may take, even where the operator grants no grace period. */
const COLLECTION_MS = HOUR_MS;

/** Returns whether an invoice charges for the present time. */
const isForNow = ({ lines }: PaidInvoice, nowMs: number): boolean =>
  lines.some(
    ({ amountMinor, periodStart, periodEnd }) =>
      amountMinor > 0 && periodStart <= nowMs + CLOCK_TOLERANCE_MS && nowMs < periodEnd,
  );

/** Returns whether an invoice gives back none of the time that another one charged for. */
const isWhole = ({ lines }: PaidInvoice): boolean => lines.every((line) => line.amountMinor >= 0);

/**
 * Decides whether the time that a subscription runs in now is paid for. Stripe's status does not
 * say so (https://docs.stripe.com/billing/subscriptions/overview): a subscription is `active` while
 * a bank debit is under way, and remains so when the first one fails, when collection is paused,
 * and once an overdue invoice is void or marked uncollectible.
 *
 * A renewal that is billed and not paid yet entitles for the grace period. The first payment of all
 * does not: nothing is given before any money came. A trial, and an invoice that a discount brings
 * to 0, are paid for: Stripe marks their invoices as paid.
 */
export function decidePaidTime(
  { status, trialEnd }: Pick<Subscription, "status" | "trialEnd">,
  invoices: readonly PaidInvoice[],
  graceDays: number,
  nowMs: number,
): PaidTime {
  if (status === "trialing") return PAID;
  const current = invoices.filter((invoice) => isForNow(invoice, nowMs));
  const paid = current.filter((invoice) => invoice.status === "paid" && isWhole(invoice));
  const isWaiting = ({ status: of }: PaidInvoice) => of === "draft" || of === "open";
  const waiting = current.filter(isWaiting);
  // An invoice that was given up, and for which no later one was paid.
  const lost = current.filter(
    (invoice) =>
      (invoice.status === "void" || invoice.status === "uncollectible") &&
      !paid.some(({ createdAt }) => createdAt > invoice.createdAt),
  );
  if (waiting.length === 0 && lost.length === 0) return PAID;
  const hasEverPaid = trialEnd !== null || invoices.some((invoice) => invoice.status === "paid");
  const isUnpaid = !hasEverPaid || (lost.length > 0 && paid.length === 0);
  if (isUnpaid) return { isPaymentMissing: true, entitledUntil: 0 };
  const ends = waiting.map((invoice) =>
    Math.max(
      graceEndsAt(invoice.dueAt, graceDays),
      invoice.dueAt + (invoice.status === "draft" ? DRAFT_MS : COLLECTION_MS),
    ),
  );
  return { isPaymentMissing: true, entitledUntil: ends.length === 0 ? null : Math.min(...ends) };
}
