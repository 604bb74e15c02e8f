import { creditAccount } from "../../account/index.ts";
import type { Actor } from "../../actor.ts";
import { auditStatement } from "../../audit/index.ts";
import { findUser, markFirstPayment } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { batchAll, type Database } from "../../db.ts";
import { log } from "../../log.ts";
import { DAY_MS } from "../../time.ts";
import { applyEffectivePlan } from "../entitlement/apply-effective-plan.ts";
import type { PaymentFacts } from "../payments/payment-facts.ts";
import { type PaymentState, toGrantReversal, toPaymentState } from "../payments/payment-state.ts";
import { refundNoticeStatements } from "../payments/refund-notices.ts";
import { reversalAuditStatements } from "../payments/reversal-audit.ts";
import { provisionOrderKey } from "./order-key.ts";
import {
  markFulfilled,
  markUndeliverable,
  type OrderPayment,
  recordPayment,
} from "./order-payment.ts";
import type { Order } from "./store.ts";

/**
 * Lower priorities are spent first: credits of a period expire sooner than credits that were
 * bought.
 */
const PURCHASE_PRIORITY = 100;

/**
 * Grants an order's credits once, and updates how much of the grant is void or frozen.
 * @returns whether that changed anything
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
  return reply.value.applied || reply.value.standingChanged;
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
 * Returns whether a payment was applied before, to the end. Then only the audit log may lack the
 * newest state of a refund.
 */
const isUpToDate = (order: Order, orderPayment: OrderPayment): boolean =>
  order.completedAt !== null &&
  order.nextCheckAt === null &&
  order.status === orderPayment.status &&
  order.refundedMinor === orderPayment.refundedMinor &&
  order.paidMinor === orderPayment.paidMinor &&
  order.paidAt === orderPayment.paidAtMs &&
  order.stripePaymentIntentId === orderPayment.paymentIntentId;

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

/** Builds the statements that go with an order's state: the audit log's, and mails of refunds. */
async function entriesOf(ctx: Context, order: Order, payment: PaymentFacts) {
  return [
    ...auditStatements(ctx.db, order, payment, ctx.nowMs),
    ...(await refundNoticeStatements(ctx, order, payment.reversals)),
  ];
}

/**
 * Fails an order that was paid and cannot be delivered, with the reason. The operator owes the
 * buyer a refund, so the log names the order.
 * @returns whether the order changed
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
  const entries = await entriesOf(ctx, order, payment);
  const changed = await markUndeliverable(
    db,
    order.id,
    { payment: orderPayment, reason },
    entries,
    nowMs,
  );
  if (changed) log.error("order.delivery_failed", { orderId: order.id, error: reason });
  return changed;
}

/**
 * Applies a payment's current state to its order: the one path that delivers a one-time purchase,
 * and that takes it back when the money went back. Every step sets a state, so it may be repeated.
 * The order is marked after all steps, so a crash anywhere is repaired by another run: by Stripe's
 * next delivery, or the cron. The payment is recorded before and marked after, so an order that
 * says that it is up to date was completed, and is not processed again.
 * @param order the row as it was read before Stripe was asked
 * @returns whether anything changed. Another run may have applied an older state at the same time,
 *   so a caller that changed something has to ask Stripe, and call this, once more
 * @throws an error of the account, D1 or a missing plan: the caller must see to another try
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
  // For a user who was deleted since, only the order's own record is kept.
  if (user !== undefined) {
    creditsGranted = await grantCredits(ctx, order, { paidMinor: payment.paidMinor, paymentState });
    if (order.givesPlan) await applyEffectivePlan(ctx, order.userId);
    if (order.kind === "conversation")
      await provisionOrderKey(ctx, order, paymentState.status === "completed");
    await markFirstPayment(db, order.userId, nowMs);
  }
  const entries = await entriesOf(ctx, order, payment);
  const orderMarked = await markFulfilled(
    db,
    order.id,
    { payment: orderPayment, stripeSessionId: payment.stripeSessionId },
    entries,
    nowMs,
  );
  return paymentRecorded || creditsGranted || orderMarked;
}
