import type { Order } from "../orders/store.ts";
import type { OrderDecision } from "../orders/sync-one-time-order.ts";
import { toGrantReversal, toPaymentState } from "../payments/payment-state.ts";
import type { ExpectedGrant } from "./compare-grant.ts";

/** The state of an order that follows from Stripe's state. */
interface ExpectedOrderState {
  /** `unpaid`: it was delivered here, and Stripe knows of no payment for it. */
  readonly status: Order["status"] | "unpaid";
  readonly paidMinor: number | null;
  readonly refundedMinor: number;
}

/** The expectation that an order is compared with. */
export interface ExpectedOrder {
  /** Null when Stripe says nothing that the order could be compared with. */
  readonly order: ExpectedOrderState | null;
  readonly grant: ExpectedGrant;
  /** Whether a sync would bring the order to this state. */
  readonly isRepairable: boolean;
}

const UNPAID = { paidMinor: null, refundedMinor: 0 } as const;

function expectUnpaidOrder(order: Order, { action }: OrderDecision): ExpectedOrder {
  if (order.completedAt !== null && (order.paidMinor ?? 0) > 0)
    return { order: { status: "unpaid", ...UNPAID }, grant: null, isRepairable: false };
  if (action.kind === "nothing") return { order: null, grant: null, isRepairable: false };
  const status = action.kind === "wait" ? "pending" : "failed";
  return { order: { status, ...UNPAID }, grant: null, isRepairable: order.status === "pending" };
}

/**
 * Decides the state that an order should have, by the same decision that syncs it. Pure.
 * @param buyerIsGone nothing can be delivered to a user who was deleted
 */
export function decideExpectedOrder(
  order: Order,
  decision: OrderDecision,
  buyerIsGone: boolean,
): ExpectedOrder {
  const { action, payment } = decision;
  if (payment === null) return expectUnpaidOrder(order, decision);
  const { paidMinor } = payment;
  const paymentState = toPaymentState(paidMinor, payment.reversals);
  const { refundedMinor } = paymentState;
  const wasDelivered = order.completedAt !== null;
  const isUndeliverable = action.kind === "fail" || (buyerIsGone && !wasDelivered);
  const undeliverableStatus = paymentState.status === "refunded" ? "refunded" : "failed";
  const status = isUndeliverable ? undeliverableStatus : paymentState.status;
  const givesCredits = !isUndeliverable && !buyerIsGone && order.creditsMicrocredits > 0;
  return {
    order: { status, paidMinor, refundedMinor },
    grant: givesCredits
      ? {
          amountMicrocredits: order.creditsMicrocredits,
          ...toGrantReversal(order.creditsMicrocredits, paidMinor, paymentState),
        }
      : null,
    isRepairable: action.kind !== "nothing",
  };
}
