import { toIso, toIsoOrNull } from "../../time.ts";
import { toCredits, toMajor } from "../../units.ts";
import type { OrderWithSession, SessionWithOrder } from "./store.ts";
import type { CheckoutSessionView, OrderView } from "./wire.ts";

/** Shows a checkout session with the plan that it offers. */
export function showSession({
  session,
  title,
  creditsMicrocredits,
  quantity,
}: SessionWithOrder): CheckoutSessionView {
  const { id, orderId, userId, planId, stripeId, amountMinor, currency, status } = session;
  return {
    id,
    orderId,
    userId,
    planId,
    plan: { id: planId, name: title, credits: toCredits(creditsMicrocredits / quantity) },
    stripeId,
    amount: toMajor(amountMinor, currency),
    amountMinor,
    currency,
    status,
    // Shown only while the page can still be paid on.
    url: status === "pending" ? session.url : null,
    processedAt: toIsoOrNull(session.processedAt),
    createdAt: toIso(session.createdAt),
  };
}

/** Shows an order. */
export function showOrder(order: OrderWithSession): OrderView {
  const { planId, title, quantity, currency, amountMinor, creditsMicrocredits } = order;
  return {
    id: order.id,
    userId: order.userId,
    kind: order.kind,
    title,
    planId,
    plan:
      planId === null
        ? null
        : { id: planId, name: title, credits: toCredits(creditsMicrocredits / quantity) },
    subjectId: order.subjectId,
    stripeSessionId: order.stripeSessionId,
    quantity,
    credits: toCredits(creditsMicrocredits),
    amount: toMajor(amountMinor, currency),
    amountMinor,
    paidMinor: order.paidMinor,
    refundedMinor: order.refundedMinor,
    currency,
    status: order.status,
    failureReason: order.failureReason,
    createdAt: toIso(order.createdAt),
    completedAt: toIsoOrNull(order.completedAt),
  };
}
