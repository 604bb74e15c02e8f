import { decideMismatch, type FulfilmentDecision, findMismatch } from "../fulfilment-decision.ts";
import type { Order } from "../store.ts";
import type { IntentFacts } from "./intent-facts.ts";

/**
 * Decides what to do about an order by its payment intent (I5, I6): fulfil it once the intent
 * succeeded with the order's amount, in its currency, for its buyer; fail it when the intent was
 * canceled. A declined card leaves the order open for another one.
 */
export function decideIntent(order: Order, facts: IntentFacts): FulfilmentDecision {
  if (order.stripePaymentIntentId !== facts.id) return { kind: "nothing" };
  if (facts.status === "succeeded") {
    const reason = findMismatch(order, facts);
    return reason === null ? { kind: "fulfil" } : decideMismatch(order, reason);
  }
  if (order.status !== "pending" && order.status !== "failed") return { kind: "nothing" };
  if (facts.status === "canceled") return { kind: "fail", reason: "The payment was canceled." };
  return { kind: "wait", sessionStatus: facts.status === "processing" ? "processing" : "pending" };
}
