import type { Order } from "../orders/store.ts";
import type { OrderDecision } from "../orders/sync-one-time-order.ts";
import { toGrantReversal, toPaymentState } from "../payments/payment-state.ts";
import type { ExpectedGrant } from "./compare-grant.ts";

/** Where an order should stand by what Stripe says. */
interface ExpectedOrderState {
  /** `unpaid`: it was delivered here, and Stripe knows of no payment for it. */
  readonly status: Order["status"] | "unpaid";
  readonly paidMinor: number | null;
  readonly refundedMinor: number;
}

/** What is compared with an order. `null`: Stripe says nothing that it could be compared with. */
export interface ExpectedOrder {
  readonly order: ExpectedOrderState | null;
  readonly grant: ExpectedGrant;
  /** Whether settling the order would bring it there. */
  readonly isRepairable: boolean;
}

const UNPAID = { paidMinor: null, refundedMinor: 0 } as const;

/**
 * Where an order should stand, by the same decision that settles it. Pure.
 * @param buyerIsGone nothing can be delivered to a user who was deleted
 */
export function decideExpectedOrder(
  order: Order,
  { action, payment }: OrderDecision,
  buyerIsGone: boolean,
): ExpectedOrder {
  const wasDelivered = order.completedAt !== null;
  if (payment === null) {
    if (wasDelivered && (order.paidMinor ?? 0) > 0)
      return { order: { status: "unpaid", ...UNPAID }, grant: null, isRepairable: false };
    if (action.kind === "nothing") return { order: null, grant: null, isRepairable: false };
    const status = action.kind === "wait" ? "pending" : "failed";
    return { order: { status, ...UNPAID }, grant: null, isRepairable: order.status === "pending" };
  }
  const { paidMinor } = payment;
  const paymentState = toPaymentState(paidMinor, payment.reversals);
  const { refundedMinor } = paymentState;
  const isUndeliverable = action.kind === "fail" || (buyerIsGone && !wasDelivered);
  const undelivered = paymentState.status === "refunded" ? "refunded" : "failed";
  const grants = !isUndeliverable && !buyerIsGone && order.creditsMicrocredits > 0;
  return {
    order: {
      status: isUndeliverable ? undelivered : paymentState.status,
      paidMinor,
      refundedMinor,
    },
    grant: grants
      ? {
          amountMicrocredits: order.creditsMicrocredits,
          ...toGrantReversal(order.creditsMicrocredits, paidMinor, paymentState),
        }
      : null,
    isRepairable: action.kind !== "nothing",
  };
}
