import { decideMismatch, type FulfilmentDecision, findMismatch } from "../fulfilment-decision.ts";
import type { Order } from "../store.ts";
import type { IntentFacts } from "./intent-facts.ts";

/**
 * Decides what an intent of its own means for an order (I5, I6): fulfilled once it succeeded with
 * the order's amount, in its currency, for its buyer; ended when it was canceled. A card that was
 * declined leaves it open for another.
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
