import type { SessionFacts } from "./session-facts.ts";
import type { Order } from "./store.ts";

/** The action to take on an order, by Stripe's current state of the attempt to pay for it. */
export type FulfilmentDecision =
  /** Paid as agreed: apply its payment's current state, whatever the order's status was. */
  | { readonly kind: "fulfil" }
  /** Not paid yet: `processing` is a delayed method under way. */
  | { readonly kind: "wait"; readonly sessionStatus: "pending" | "processing" }
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "expire" }
  | { readonly kind: "nothing" };

/** The fields of a payment that are compared with its order. */
interface PaymentDetails {
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly currency: string | null;
  readonly amountMinor: number | null;
}

/** Returns the first difference between a payment and the sale that was agreed, or null (I6). */
export function findMismatch(order: Order, details: PaymentDetails): string | null {
  if (details.orderId !== order.id || details.userId !== order.userId)
    return "The payment does not name this order and its buyer.";
  if (details.currency?.toLowerCase() !== order.currency)
    return `Paid in ${details.currency ?? "no currency"}, the order is in ${order.currency}.`;
  if (details.amountMinor !== order.amountMinor)
    return (
      `Paid for ${details.amountMinor ?? "nothing"}, ` +
      `the order is for ${order.amountMinor} (${order.currency}, minor units).`
    );
  return null;
}

/**
 * Decides what to do about money that does not match its order. An order that was delivered did
 * match once, and is left alone.
 */
export const decideMismatch = (order: Order, reason: string): FulfilmentDecision =>
  order.completedAt === null ? { kind: "fail", reason } : { kind: "nothing" };

/**
 * Returns whether money came, or none was due: for a free sale, or when a promotion code took all
 * of its price.
 */
const isPaid = (facts: SessionFacts): boolean =>
  facts.paymentStatus === "paid" ||
  (facts.paymentStatus === "no_payment_required" && facts.paidMinor === 0);

/**
 * Decides what to do about an order by its checkout session (I5, I6). It reads only the current
 * state of both, so the number, order and delay of the events about it do not matter: the last one
 * sees the same facts. A failed order is still fulfilled when money came after all. A paid order
 * never goes back here.
 * @param boundStripeId the session that the order is known to have been offered with, or null if
 *   it was never recorded
 */
export function decideFulfilment(
  order: Order,
  boundStripeId: string | null,
  facts: SessionFacts,
): FulfilmentDecision {
  if (boundStripeId !== null && boundStripeId !== facts.stripeId) return { kind: "nothing" };
  if (facts.status === "complete" && isPaid(facts)) {
    const namesOrder = facts.clientReferenceId === order.id;
    const reason = findMismatch(order, namesOrder ? facts : { ...facts, orderId: null });
    return reason === null ? { kind: "fulfil" } : decideMismatch(order, reason);
  }
  if (order.status !== "pending" && order.status !== "failed") return { kind: "nothing" };
  if (facts.status === "expired") return { kind: "expire" };
  if (facts.status !== "complete") return { kind: "wait", sessionStatus: "pending" };
  if (facts.paymentStatus === "no_payment_required")
    return { kind: "fail", reason: "Nothing was paid for this order." };
  if (!facts.paymentFailed) return { kind: "wait", sessionStatus: "processing" };
  return { kind: "fail", reason: facts.paymentError ?? "The payment failed." };
}
