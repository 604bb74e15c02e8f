import { newId } from "../../ids.ts";
import type { OrderTerms } from "./order-terms.ts";
import { type CheckoutSession, FIRST_CHECK_MS, type Order } from "./store.ts";

/** Creates the rows of a sale that is about to be offered, and of the first attempt to pay it. */
export function newOrder(
  userId: string,
  terms: OrderTerms,
  nowMs: number,
): { order: Order; session: CheckoutSession } {
  const orderId = newId("ord", nowMs);
  const { planId, amountMinor, currency } = terms;
  return {
    order: {
      subjectId: null,
      sellerId: null,
      sellerShareMinor: null,
      ...terms,
      id: orderId,
      userId,
      paidMinor: null,
      refundedMinor: 0,
      stripeSubscriptionId: null,
      status: "pending",
      failureReason: null,
      stripePaymentIntentId: null,
      createdAt: nowMs,
      updatedAt: nowMs,
      paidAt: null,
      completedAt: null,
      nextCheckAt: nowMs + FIRST_CHECK_MS,
    },
    session: {
      id: newId("css", nowMs),
      orderId,
      userId,
      planId,
      stripeId: null,
      amountMinor,
      currency,
      status: "pending",
      url: null,
      processedAt: null,
      createdAt: nowMs,
    },
  };
}
