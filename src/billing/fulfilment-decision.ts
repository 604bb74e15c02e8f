import type { SessionFacts } from "./session-facts.ts";
import type { Order } from "./store.ts";

/** What is to be done about an order, given what Stripe says now about one of its sessions. */
export type FulfilmentDecision =
  | { readonly kind: "fulfil" }
  /** Not paid yet: `processing` is a delayed method under way. */
  | { readonly kind: "wait"; readonly sessionStatus: "pending" | "processing" }
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "expire" }
  | { readonly kind: "nothing" };

/** The first thing in which a paid session is not the sale that was agreed, or null. */
function mismatch(order: Order, facts: SessionFacts): string | null {
  if (facts.clientReferenceId !== order.id || facts.orderId !== order.id || facts.userId !== order.userId)
    return "The payment does not name this order and its buyer.";
  if (facts.currency?.toLowerCase() !== order.currency)
    return `Paid in ${facts.currency ?? "no currency"}, the order is in ${order.currency}.`;
  if (facts.amountMinor !== order.amountMinor)
    return `Paid ${facts.amountMinor ?? "nothing"}, the order is for ${order.amountMinor} (${order.currency}, minor units).`;
  return null;
}

/** Whether money came, or none was due. Stripe also calls a session whose total a discount took to 0 "not required". */
const isPaid = (order: Order, facts: SessionFacts): boolean =>
  facts.paymentStatus === "paid" || (facts.paymentStatus === "no_payment_required" && order.amountMinor === 0);

/**
 * Decides what a session means for its order (I5, I6). Reads only the present state of both, so that the number, order
 * and delay of the events about it do not matter: whichever comes last sees the same facts.
 * An order that failed can still be fulfilled when money did come after all; one that was completed never goes back here.
 * @param boundStripeId the session that the order is known to have been offered with, or null if that was never written down
 */
export function decideFulfilment(order: Order, boundStripeId: string | null, facts: SessionFacts): FulfilmentDecision {
  if (order.status !== "pending" && order.status !== "failed") return { kind: "nothing" };
  if (boundStripeId !== null && boundStripeId !== facts.stripeId) return { kind: "nothing" };
  if (facts.status === "complete" && isPaid(order, facts)) {
    const reason = mismatch(order, facts);
    return reason === null ? { kind: "fulfil" } : { kind: "fail", reason };
  }
  if (facts.status === "expired") return { kind: "expire" };
  if (facts.status !== "complete") return { kind: "wait", sessionStatus: "pending" };
  if (facts.paymentStatus === "no_payment_required") return { kind: "fail", reason: "Nothing was paid for this order." };
  if (!facts.paymentFailed) return { kind: "wait", sessionStatus: "processing" };
  return { kind: "fail", reason: facts.paymentError ?? "The payment failed." };
}
