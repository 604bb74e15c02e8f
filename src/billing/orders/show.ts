import { toCredits, toMajor } from "../../units.ts";
import type { Order, SessionWithOrder } from "./store.ts";

const time = (ms: number): string => new Date(ms).toISOString();
const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

/**
 * A checkout session as the wire shows it. `plan` is what was sold, as it was when the session was
 * made.
 */
export function showSession({ session, title, creditsMicrocredits, quantity }: SessionWithOrder) {
  const {
    id,
    orderId,
    userId,
    planId,
    stripeId,
    amountMinor,
    currency,
    status,
    url,
    processedAt,
    createdAt,
  } = session;
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
    // Only while one can still pay there.
    url: status === "pending" ? url : null,
    processedAt: timeOrNull(processedAt),
    createdAt: time(createdAt),
  };
}

/** An order as the wire shows it. `credits` is what all of it gives. */
export function showOrder(order: Order) {
  const {
    id,
    userId,
    kind,
    planId,
    title,
    subjectId,
    quantity,
    currency,
    amountMinor,
    paidMinor,
    refundedMinor,
  } = order;
  const { creditsMicrocredits, status, failureReason } = order;
  return {
    id,
    userId,
    kind,
    title,
    planId,
    plan:
      planId === null
        ? null
        : { id: planId, name: title, credits: toCredits(creditsMicrocredits / quantity) },
    subjectId,
    quantity,
    credits: toCredits(creditsMicrocredits),
    amount: toMajor(amountMinor, currency),
    amountMinor,
    paidMinor,
    refundedMinor,
    currency,
    status,
    failureReason,
    createdAt: time(order.createdAt),
    completedAt: timeOrNull(order.completedAt),
  };
}
