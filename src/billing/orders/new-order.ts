import { newId } from "../../ids.ts";
import type { OrderTerms } from "./order-terms.ts";
import type { CheckoutSession, Order } from "./store.ts";

/** How long an order is left to the webhook before the cron asks Stripe about it. */
export const FIRST_CHECK_MS = 10 * 60_000;

/** A sale that is about to be offered, and the first attempt to pay for it. */
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
