import { DAY_MS, HOUR_MS } from "../../../time.ts";
import { graceEndsAt } from "../../entitlement/effective-plan.ts";
import type { InvoiceFacts } from "../invoices/invoice-facts.ts";
import type { Subscription } from "../store.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";

/** Stripe says so three days before the end, and its clock may be ahead of ours. */
const TRIAL_NOTICE_MS = 3 * DAY_MS + HOUR_MS;

/** The last mail before access ends comes as long before. */
export const REMINDER_MS = DAY_MS;

/** A grace period that is shorter has room for one mail alone. */
const REMINDED_GRACE_DAYS_MIN = 2;

/**
 * What is older was told of, or was over before mails were. It is shorter than the month for which
 * the outbox knows its once keys.
 */
const TOLD_WITHIN_MS = 25 * DAY_MS;

/** A mail that the user of a subscription should get, by what Stripe says of it now. */
export type SubscriptionNotice =
  | {
      readonly kind: "payment_failed" | "payment_reminder";
      readonly invoice: InvoiceFacts;
      /** The end of access without a payment; null where it has ended. */
      readonly untilMs: number | null;
    }
  | { readonly kind: "trial_ending"; readonly endsAtMs: number }
  | { readonly kind: "subscription_ended"; readonly reason: "canceled" | "unpaid" };

interface NoticeFacts {
  readonly row: Subscription;
  readonly endReason: SubscriptionFacts["endReason"];
  readonly invoices: readonly InvoiceFacts[];
  /** Whether another subscription of the user runs: a replaced one has not ended for them. */
  readonly isReplaced: boolean;
}

/** The invoices that an automatic payment could not pay: only a subscription's renewals. */
function failedPayments(
  { row, invoices }: NoticeFacts,
  graceDays: number,
  nowMs: number,
): SubscriptionNotice[] {
  const { status, pastDueSince } = row;
  if (status !== "past_due" || pastDueSince === null) return [];
  const endMs = graceEndsAt(pastDueSince, graceDays);
  const untilMs = nowMs < endMs ? endMs : null;
  const isLast =
    graceDays >= REMINDED_GRACE_DAYS_MIN && untilMs !== null && nowMs >= untilMs - REMINDER_MS;
  const kind = isLast ? "payment_reminder" : "payment_failed";
  return invoices
    .filter(
      (invoice) =>
        invoice.status === "open" &&
        invoice.isAttempted &&
        invoice.remainingMinor > 0 &&
        (isLast || nowMs - invoice.dueAt < TOLD_WITHIN_MS),
    )
    .map((invoice) => ({ kind, invoice, untilMs }));
}

function trialEnding({ row }: NoticeFacts, nowMs: number): SubscriptionNotice[] {
  const { status, trialEnd, cancelAt, cancelAtPeriodEnd } = row;
  // One that ends with the trial charges nothing.
  if (status !== "trialing" || trialEnd === null || cancelAtPeriodEnd || cancelAt !== null)
    return [];
  const leftMs = trialEnd - nowMs;
  return leftMs > 0 && leftMs <= TRIAL_NOTICE_MS
    ? [{ kind: "trial_ending", endsAtMs: trialEnd }]
    : [];
}

function ended(
  { row, endReason, invoices, isReplaced }: NoticeFacts,
  nowMs: number,
): SubscriptionNotice[] {
  const { status, endedAt, trialEnd } = row;
  const hasBegun = trialEnd !== null || invoices.some((invoice) => invoice.status === "paid");
  if (status !== "canceled" || endedAt === null || isReplaced || !hasBegun) return [];
  if (nowMs - endedAt >= TOLD_WITHIN_MS) return [];
  const reason = endReason === "payment_failed" ? "unpaid" : "canceled";
  return [{ kind: "subscription_ended", reason }];
}

/**
 * Decides what a subscription's user should be mailed. A pure function of Stripe's current state,
 * so the order and number of events do not matter; the once key of each mail sees to the rest.
 */
export const decideNotices = (
  facts: NoticeFacts,
  graceDays: number,
  nowMs: number,
): SubscriptionNotice[] => [
  ...failedPayments(facts, graceDays, nowMs),
  ...trialEnding(facts, nowMs),
  ...ended(facts, nowMs),
];
