import type { GrantReversal } from "../../account/index.ts";
import { prorate } from "./prorate.ts";

/**
 * A refund as Stripe reports it: `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
 * Amounts in minor units.
 */
export interface RefundFacts {
  readonly id: string;
  readonly amountMinor: number;
  readonly status: string | null;
  readonly createdAtMs: number;
}

/**
 * A dispute as Stripe reports it. `withdrawn`: whether its money has been taken from the seller, on
 * balance.
 */
export interface DisputeFacts {
  readonly id: string;
  readonly amountMinor: number;
  readonly status: string;
  readonly withdrawn: boolean;
}

/** The refunds and disputes of a payment, whether or not they succeeded. */
export interface Reversals {
  readonly refunds: readonly RefundFacts[];
  readonly disputes: readonly DisputeFacts[];
}

/** The state of a paid sale's money: how much went back, and whether a bank holds the rest. */
export interface PaymentState {
  readonly status: "completed" | "refunded" | "disputed";
  readonly refundedMinor: number;
  /**
   * True while a dispute about the remaining money is open: the same as `disputed`. Once all money
   * went back, nothing is left to freeze.
   */
  readonly frozen: boolean;
}

export const NO_REVERSALS: Reversals = { refunds: [], disputes: [] };

/**
 * Returns whether a refund's money did not arrive, and so is the seller's again.
 * https://docs.stripe.com/api/refunds/object#refund_object-status
 */
const hasRefundFailed = ({ status }: RefundFacts): boolean =>
  status === "failed" || status === "canceled";

/**
 * Returns whether the seller lost a dispute. A `prevented` dispute ended before it began: the
 * seller paid it, or turned it away.
 */
const isLost = ({ status, withdrawn }: DisputeFacts): boolean =>
  status === "lost" || (status === "prevented" && withdrawn);

/**
 * Returns whether a dispute is open. An inquiry (`warning_…`) moves no money and freezes nothing.
 * An unknown status counts as open.
 */
const isOpen = ({ status }: DisputeFacts): boolean =>
  status !== "won" && status !== "lost" && status !== "prevented" && !status.startsWith("warning_");

const sum = (amounts: readonly { readonly amountMinor: number }[]): number =>
  amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);

/**
 * Returns the state of a paid sale's money (I6). A pure function of Stripe's current state, so the
 * order and number of events about refunds and disputes do not matter. Money lost to a bank went
 * back like a refund, and no more can go back than was paid.
 * @param paidMinor the amount that was paid in the end; a sale for nothing is `completed`
 */
export function toPaymentState(paidMinor: number, { refunds, disputes }: Reversals): PaymentState {
  const reversedMinor =
    sum(refunds.filter((refund) => !hasRefundFailed(refund))) + sum(disputes.filter(isLost));
  const refundedMinor = Math.min(reversedMinor, paidMinor);
  if (paidMinor > 0 && refundedMinor === paidMinor)
    return { status: "refunded", refundedMinor, frozen: false };
  const frozen = disputes.some(isOpen);
  return { status: frozen ? "disputed" : "completed", refundedMinor, frozen };
}

/** Returns how much of a sale's grant is void, and whether the rest is frozen. */
export const toGrantReversal = (
  creditsMicrocredits: number,
  paidMinor: number,
  { refundedMinor, frozen }: PaymentState,
): GrantReversal => ({
  voidedMicrocredits: prorate(creditsMicrocredits, { part: refundedMinor, whole: paidMinor }),
  frozen,
});
