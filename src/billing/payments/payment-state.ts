import type { GrantReversal } from "../../account/index.ts";

/**
 * A refund as Stripe tells of it: `pending`, `requires_action`, `succeeded`, `failed` or
 * `canceled`. Amounts in minor units.
 */
export interface RefundFacts {
  readonly id: string;
  readonly amountMinor: number;
  readonly status: string | null;
}

/**
 * A dispute as Stripe tells of it. `withdrawn`: whether its money has been taken from the seller,
 * all in all.
 */
export interface DisputeFacts {
  readonly id: string;
  readonly amountMinor: number;
  readonly status: string;
  readonly withdrawn: boolean;
}

/** All that speaks against a payment, whether or not it succeeded. */
export interface Reversals {
  readonly refunds: readonly RefundFacts[];
  readonly disputes: readonly DisputeFacts[];
}

/**
 * Where a paid sale stands: what of its money went back, and whether a bank is deciding about the
 * rest.
 */
export interface PaymentState {
  readonly status: "completed" | "refunded" | "disputed";
  readonly refundedMinor: number;
  /**
   * A dispute is open about what is left: the same as `disputed`. Of what all went back nothing is
   * left to be frozen.
   */
  readonly frozen: boolean;
}

export const NO_REVERSALS: Reversals = { refunds: [], disputes: [] };

/**
 * https://docs.stripe.com/api/refunds/object#refund_object-status: money that did not arrive is the
 * seller's again.
 */
const hasRefundFailed = ({ status }: RefundFacts): boolean =>
  status === "failed" || status === "canceled";

/** `prevented` is a dispute that was ended before it began: by paying it, or by turning it away. */
const isLost = ({ status, withdrawn }: DisputeFacts): boolean =>
  status === "lost" || (status === "prevented" && withdrawn);

/**
 * An inquiry (`warning_…`) moves no money and freezes nothing. A status that is not known is taken
 * for open.
 */
const isOpen = ({ status }: DisputeFacts): boolean =>
  status !== "won" && status !== "lost" && status !== "prevented" && !status.startsWith("warning_");

const sum = (amounts: readonly { readonly amountMinor: number }[]): number =>
  amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);

/**
 * Where a sale stands whose payment came (I6): a pure function of what Stripe says now, so that it
 * does not matter in which order or how often its refunds and disputes were heard of. What is lost
 * to a bank went back like a refund, and no more can go back than was paid.
 * @param paidMinor what was paid in the end; a sale for nothing stands completed
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

/**
 * What of a value goes back with the money: its share, in whole units, rounded down, and all of it
 * once all the money went. Exact at any size: a product of credits and money would not fit into a
 * number.
 */
export function proratedReversal(
  value: number,
  { refundedMinor, paidMinor }: { refundedMinor: number; paidMinor: number },
): number {
  if (refundedMinor <= 0 || paidMinor <= 0) return 0;
  if (refundedMinor >= paidMinor) return value;
  return Number((BigInt(value) * BigInt(refundedMinor)) / BigInt(paidMinor));
}

/** The standing of the grant that a sale gave. */
export const toGrantReversal = (
  creditsMicrocredits: number,
  paidMinor: number,
  paymentState: PaymentState,
): GrantReversal => ({
  voidedMicrocredits: proratedReversal(creditsMicrocredits, {
    refundedMinor: paymentState.refundedMinor,
    paidMinor,
  }),
  frozen: paymentState.frozen,
});
