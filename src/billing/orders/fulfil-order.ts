import type { BatchItem } from "drizzle-orm/batch";
import { creditAccount } from "../../account/index.ts";
import type { Actor } from "../../actor.ts";
import { auditStatement } from "../../audit/index.ts";
import { findUser, markFirstPayment } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { type Database } from "../../db.ts";
import { applyEffectivePlan } from "../entitlement/apply-effective-plan.ts";
import type { PaymentFacts } from "../payments/payment-facts.ts";
import { type PaymentState, toGrantReversal, toPaymentState } from "../payments/payment-state.ts";
import { reversalAuditStatements } from "../payments/reversal-audit.ts";
import { provisionOrderKey } from "./order-key.ts";
import {
  markFulfilled,
  markUndeliverable,
  type OrderPayment,
  recordPayment,
} from "./order-payment.ts";
import type { Order } from "./store.ts";

const DAY_MS = 86_400_000;

/** What is bought is spent after what is given for a period (lower first): it lasts longer. */
const PURCHASE_PRIORITY = 100;

/**
 * Gives the order's credits once, and each time tells the account where the money for them stands.
 * @returns whether that was news
 */
async function grantCredits(
  ctx: Context,
  order: Order,
  { paidMinor, paymentState }: { paidMinor: number; paymentState: PaymentState },
): Promise<boolean> {
  const { env, nowMs } = ctx;
  if (order.creditsMicrocredits === 0) return false;
  const reply = await creditAccount(env, order.userId).grant({
    operationId: `order:${order.id}`,
    amountMicrocredits: order.creditsMicrocredits,
    priority: PURCHASE_PRIORITY,
    effectiveAt: null,
    expiresAt:
      order.creditsExpireAfterDays === null ? null : nowMs + order.creditsExpireAfterDays * DAY_MS,
    reason: order.quantity === 1 ? order.title : `${order.quantity} × ${order.title}`,
    standing: toGrantReversal(order.creditsMicrocredits, paidMinor, paymentState),
  });
  if (!reply.ok) throw new Error(`grant refused: ${reply.failure.code} ${reply.failure.message}`);
  return reply.applied || reply.standingChanged;
}

const toOrderPayment = (
  { paymentIntentId, paidMinor, paidAtMs }: PaymentFacts,
  paymentState: PaymentState,
): OrderPayment => ({
  paymentIntentId,
  paidMinor,
  paidAtMs,
  status: paymentState.status,
  refundedMinor: paymentState.refundedMinor,
});

/**
 * Whether all of this was applied before, to the end: then only the log may not have heard of how a
 * refund fares.
 */
const isUpToDate = (order: Order, orderPayment: OrderPayment): boolean =>
  order.completedAt !== null &&
  order.nextCheckAt === null &&
  order.status === orderPayment.status &&
  order.refundedMinor === orderPayment.refundedMinor &&
  order.paidMinor === orderPayment.paidMinor &&
  order.paidAt === orderPayment.paidAtMs &&
  order.stripePaymentIntentId === orderPayment.paymentIntentId;

async function batchAll(db: Database, statements: readonly BatchItem<"sqlite">[]): Promise<void> {
  const [first, ...rest] = statements;
  if (first !== undefined) await db.batch([first, ...rest]);
}

const stripeActor = (payment: PaymentFacts): Actor => ({
  kind: "stripe",
  id: payment.paymentIntentId ?? payment.stripeSessionId ?? "no payment",
});

function auditStatements(db: Database, order: Order, payment: PaymentFacts, nowMs: number) {
  const actor = stripeActor(payment);
  const { id, userId, kind, planId, subjectId, currency, creditsMicrocredits } = order;
  const after = {
    kind,
    planId,
    subjectId,
    paidMinor: payment.paidMinor,
    currency,
    creditsMicrocredits,
  };
  const paid = auditStatement(
    db,
    { actor, action: "order.paid", subjectId: id, userId, after, onceKey: `order:${id}:paid` },
    nowMs,
  );
  return [paid, ...reversalAuditStatements(db, order, payment.reversals, actor, nowMs)];
}

/**
 * Ends an order that was paid and cannot be delivered, with the reason. The operator owes this
 * buyer a refund, and should not have to look for it.
 * @returns whether this was news
 */
export async function failUndeliverable(
  ctx: Context,
  order: Order,
  { payment, reason }: { payment: PaymentFacts; reason: string },
): Promise<boolean> {
  const { db, nowMs } = ctx;
  const orderPayment = toOrderPayment(
    payment,
    toPaymentState(payment.paidMinor, payment.reversals),
  );
  const entries = auditStatements(db, order, payment, nowMs);
  const changed = await markUndeliverable(
    db,
    order.id,
    { payment: orderPayment, reason },
    entries,
    nowMs,
  );
  if (changed)
    console.error(
      JSON.stringify({
        level: "error",
        doing: "delivering an order",
        orderId: order.id,
        error: reason,
      }),
    );
  return changed;
}

/**
 * Brings a paid order to where its payment stands: the one path by which anything bought once is
 * given, and by which it is taken back when the money went back. Every step sets what should be, so
 * it may be repeated; and the order is marked only after all of them, so a crash anywhere is healed
 * by doing it again: by Stripe's next delivery, or the cron. What is so already is not done again:
 * an order is marked before and after, so that one that says so was brought there to the end.
 * @param order as it was read before Stripe was asked
 * @returns whether anything changed. Somebody who read older news of Stripe's may have done this at
 *   the same time: so whoever has changed something has to ask Stripe, and do this, once more
 * @throws what the account, D1 or a missing plan threw: the caller must see to it that this is
 *   tried again
 */
export async function fulfilOrder(
  ctx: Context,
  order: Order,
  payment: PaymentFacts,
): Promise<boolean> {
  const { db, nowMs } = ctx;
  const paymentState = toPaymentState(payment.paidMinor, payment.reversals);
  const orderPayment = toOrderPayment(payment, paymentState);
  if (isUpToDate(order, orderPayment)) {
    await batchAll(
      db,
      reversalAuditStatements(db, order, payment.reversals, stripeActor(payment), nowMs),
    );
    return false;
  }
  const user = await findUser(db, order.userId);
  if (user === undefined && order.completedAt === null)
    return await failUndeliverable(ctx, order, {
      payment,
      reason: "Paid, but the buyer's account had been deleted. Refund this payment.",
    });
  const paymentRecorded = await recordPayment(db, order.id, orderPayment, nowMs);
  let creditsGranted = false;
  // Of a user who was deleted since, only the books are left to be kept.
  if (user !== undefined) {
    creditsGranted = await grantCredits(ctx, order, { paidMinor: payment.paidMinor, paymentState });
    if (order.givesPlan) await applyEffectivePlan(ctx, order.userId);
    if (order.kind === "conversation")
      await provisionOrderKey(ctx, order, paymentState.status === "completed");
    await markFirstPayment(db, order.userId, nowMs);
  }
  const entries = auditStatements(db, order, payment, nowMs);
  const orderMarked = await markFulfilled(
    db,
    order.id,
    { payment: orderPayment, stripeSessionId: payment.stripeSessionId },
    entries,
    nowMs,
  );
  return paymentRecorded || creditsGranted || orderMarked;
}
