import type { SessionFacts } from "./session-facts.ts";
import type { Order } from "./store.ts";

/**
 * What is to be done about an order, given what Stripe says now about the attempt to pay for it.
 */
export type FulfilmentDecision =
  /** Paid as agreed: to be brought to where its payment stands, however it stood before. */
  | { readonly kind: "fulfil" }
  /** Not paid yet: `processing` is a delayed method under way. */
  | { readonly kind: "wait"; readonly sessionStatus: "pending" | "processing" }
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "expire" }
  | { readonly kind: "nothing" };

/** What a payment says of itself, by which it is compared with its order. */
interface PaymentDetails {
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly currency: string | null;
  readonly amountMinor: number | null;
}

/** The first thing in which a payment is not the sale that was agreed, or null (I6). */
export function findMismatch(order: Order, details: PaymentDetails): string | null {
  if (details.orderId !== order.id || details.userId !== order.userId)
    return "The payment does not name this order and its buyer.";
  if (details.currency?.toLowerCase() !== order.currency)
    return `Paid in ${details.currency ?? "no currency"}, the order is in ${order.currency}.`;
  if (details.amountMinor !== order.amountMinor)
    return `Paid for ${details.amountMinor ?? "nothing"}, the order is for ${order.amountMinor} (${order.currency}, minor units).`;
  return null;
}

/**
 * Money that came for something else than was agreed. An order that was delivered was agreed on
 * once, and stays so.
 */
export const decideMismatch = (order: Order, reason: string): FulfilmentDecision =>
  order.completedAt === null ? { kind: "fail", reason } : { kind: "nothing" };

/**
 * Whether money came, or none was due: for a sale for nothing, or when a promotion code took all of
 * its price.
 */
const isPaid = (facts: SessionFacts): boolean =>
  facts.paymentStatus === "paid" ||
  (facts.paymentStatus === "no_payment_required" && facts.paidMinor === 0);

/**
 * Decides what a session means for its order (I5, I6). Reads only the present state of both, so
 * that the number, order and delay of the events about it do not matter: whichever comes last sees
 * the same facts. An order that failed can still be fulfilled when money did come after all; one
 * that was paid never goes back here.
 * @param boundStripeId the session that the order is known to have been offered with, or null if
 *   that was never written down
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
