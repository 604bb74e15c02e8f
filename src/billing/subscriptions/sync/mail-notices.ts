import type { BatchItem } from "drizzle-orm/batch";
import { isNoticeNew, noticeStatements, sendsNotices } from "../../../auth/index.ts";
import { findPlan } from "../../../catalog/index.ts";
import type { Config } from "../../../config.ts";
import type { Context } from "../../../context.ts";
import { batchAll } from "../../../db.ts";
import { refundNoticeStatements } from "../../payments/refund-notices.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { listLiveSubscriptions, type Subscription } from "../store.ts";
import { decideNotices, type SubscriptionNotice } from "./decide-notices.ts";
import type { SubscriptionSnapshot } from "./fetch-snapshot.ts";
import type { SoldPrices } from "./to-rows.ts";

type FailedPayment = Extract<SubscriptionNotice, { kind: "payment_failed" | "payment_reminder" }>;

/** The failure of an automatic payment. */
interface Decline {
  readonly cardLast4: string | null;
  /** Whether the buyer's bank wants it confirmed (3-D Secure). */
  readonly needsConfirmation: boolean;
}

/** Fetches how a payment failed. Where Stripe does not say, the mail does not either. */
async function fetchDecline(config: Config, intentId: string | null): Promise<Decline> {
  const unknown = { cardLast4: null, needsConfirmation: false };
  if (intentId === null) return unknown;
  const intent = await callStripe(config, (stripe) => stripe.paymentIntents.retrieve(intentId));
  if (!intent.ok) return unknown;
  const { status, last_payment_error: error } = intent.value;
  return {
    cardLast4: error?.payment_method?.card?.last4 ?? null,
    needsConfirmation: status === "requires_action" || error?.code === "authentication_required",
  };
}

/** The subscription that notices are about. */
interface Subject {
  readonly row: Subscription;
  readonly plan: string;
  /** The price's amount for the quantity; null where the price is not the catalog's. */
  readonly amountMinor: number | null;
}

async function failedPaymentStatements(
  ctx: Context,
  { row, plan }: Subject,
  { kind, invoice, untilMs }: FailedPayment,
): Promise<BatchItem<"sqlite">[]> {
  const onceKey = `${kind}:${invoice.id}`;
  // Asked first, since Stripe is asked next.
  if (!(await isNoticeNew(ctx, onceKey))) return [];
  const { cardLast4, needsConfirmation } = await fetchDecline(
    ctx.config,
    invoice.stripePaymentIntentId,
  );
  const { currency, remainingMinor: amountMinor, payUrl } = invoice;
  const billingUrl = `${ctx.config.PUBLIC_URL}/dashboard`;
  return await noticeStatements(ctx, {
    userId: row.userId,
    kind: kind === "payment_failed" && needsConfirmation ? "payment_unconfirmed" : kind,
    facts: { plan, amountMinor, currency, cardLast4, untilMs, payUrl, billingUrl },
    onceKey,
    ...(untilMs === null ? {} : { giveUpAtMs: untilMs }),
  });
}

function statementsOf(
  ctx: Context,
  subject: Subject,
  notice: SubscriptionNotice,
): Promise<BatchItem<"sqlite">[]> | BatchItem<"sqlite">[] {
  const { row, plan, amountMinor } = subject;
  const { id, userId, currency } = row;
  const { PUBLIC_URL } = ctx.config;
  switch (notice.kind) {
    case "payment_failed":
    case "payment_reminder":
      return failedPaymentStatements(ctx, subject, notice);
    case "trial_ending": {
      const { kind, endsAtMs } = notice;
      if (amountMinor === null) return [];
      return noticeStatements(ctx, {
        userId,
        kind,
        facts: { plan, amountMinor, currency, endsAtMs, billingUrl: `${PUBLIC_URL}/dashboard` },
        onceKey: `${kind}:${id}:${endsAtMs}`,
        giveUpAtMs: endsAtMs,
      });
    }
    case "subscription_ended": {
      const { kind, reason } = notice;
      return noticeStatements(ctx, {
        userId,
        kind,
        facts: { plan, reason, pricingUrl: `${PUBLIC_URL}/pricing` },
        onceKey: `${kind}:${id}`,
      });
    }
  }
}

/**
 * Queues the mails that follow from a subscription's state, each once: a payment that failed, a
 * trial about to end, the end, and refunds. It may be repeated with any state; a crash before it
 * leaves the event to be handled again.
 */
export async function mailSubscriptionNotices(
  ctx: Context,
  row: Subscription,
  { subscription, invoices }: SubscriptionSnapshot,
  sold: SoldPrices,
): Promise<void> {
  if (!sendsNotices(ctx)) return;
  const { db, config, nowMs } = ctx;
  const live = await listLiveSubscriptions(db, row.userId);
  const notices = decideNotices(
    {
      row,
      endReason: subscription.endReason,
      invoices: invoices.map(({ invoice }) => invoice),
      isReplaced: live.some(({ id }) => id !== row.id),
    },
    config.PAST_DUE_GRACE_DAYS,
    nowMs,
  );
  const refunded = invoices.filter(({ reversals }) => reversals.refunds.length > 0);
  if (notices.length === 0 && refunded.length === 0) return;
  const price = [...sold.values()].find(({ priceId }) => priceId === row.priceId);
  const plan = (await findPlan(db, row.planId))?.name ?? price?.planName ?? row.planId;
  const amountMinor = price === undefined ? null : price.amountMinor * row.quantity;
  const { userId, currency } = row;
  const statements = await Promise.all([
    ...notices.map((notice) => statementsOf(ctx, { row, plan, amountMinor }, notice)),
    ...refunded.map(({ reversals }) =>
      refundNoticeStatements(ctx, { userId, title: plan, currency }, reversals),
    ),
  ]);
  await batchAll(db, statements.flat());
}
