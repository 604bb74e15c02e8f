import { findAmountProblem, floorAmount } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { DAY_MS } from "../../time.ts";
import { formatAmount } from "../../units.ts";

/** A sale that may be refunded. Amounts in minor units, times in ms. */
export interface RefundableSale {
  readonly id: string;
  readonly userId: string;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  /** Null when nothing was paid yet. */
  readonly paidMinor: number | null;
  readonly refundedMinor: number;
  readonly disputed: boolean;
  /** The part that a later change of the subscription credited to the customer's balance. */
  readonly creditedMinor: number;
  /** Whether the sale pays for a live subscription. */
  readonly isRunning: boolean;
  readonly paidAt: number;
  readonly updatedAt: number;
}

/** The amount of a refund, and the role of the one who asks for it. */
export interface RefundParams {
  /** Undefined refunds all that is left. */
  readonly amountMinor: number | undefined;
  /**
   * An admin may refund any amount at any time. A buyer may only refund all that is left and not
   * used, within the operator's window, and not for a live subscription.
   */
  readonly byAdmin: boolean;
  /** The part of the money that pays for what was not used; undefined is all that is left. */
  readonly unusedMinor?: number;
}

/** A refund that may be made. */
export interface ApprovedRefund {
  readonly paymentIntentId: string;
  readonly amountMinor: number;
}

const notRefundable = (message: string, param?: string) =>
  fail("not_refundable", message, { param });

/**
 * Decides whether a sale may be refunded, and how much of it. Pure.
 * @param windowDays the days after the payment in which a buyer may ask for a refund; 0 is never
 * @returns `not_refundable` with the reason; `invalid_request` for an amount that the currency does
 *   not have
 */
export function decideRefund(
  sale: RefundableSale,
  params: RefundParams,
  windowDays: number,
  nowMs: number,
): Result<ApprovedRefund> {
  const { currency, paymentIntentId, paidMinor, refundedMinor } = sale;
  if (paymentIntentId === null || paidMinor === null || paidMinor === 0)
    return notRefundable("Nothing was paid for this, so there is nothing to refund.");
  // The credited balance pays later invoices: a buyer would have that money twice.
  const creditedMinor = params.byAdmin ? 0 : sale.creditedMinor;
  const remaining = paidMinor - refundedMinor - creditedMinor;
  if (remaining <= 0)
    return notRefundable(
      "This is already fully " +
        `refunded${creditedMinor > 0 ? ", or credited to your balance" : ""}.`,
    );
  if (sale.disputed)
    return notRefundable(
      "This payment is disputed. The bank decides whether the money is returned, so it " +
        "can't be refunded.",
    );
  const amountMinor = params.amountMinor ?? remaining;
  if (!params.byAdmin) {
    if (windowDays === 0)
      return notRefundable("Refunds are handled by the operator. Contact them to request one.");
    if (nowMs >= sale.paidAt + windowDays * DAY_MS)
      return notRefundable(`The refund window of ${windowDays} days has passed.`);
    if (sale.isRunning)
      return notRefundable(
        "This payment is for an active subscription. Cancel the subscription immediately, " +
          "then request the refund.",
      );
    const unused =
      params.unusedMinor === undefined || params.unusedMinor >= remaining
        ? remaining
        : floorAmount(params.unusedMinor, currency);
    if (unused <= 0)
      return notRefundable(
        "What you bought has been used, so it can't be refunded automatically. Contact the " +
          "operator.",
      );
    if (params.amountMinor !== undefined && params.amountMinor !== unused)
      return notRefundable(
        `Only the full amount of ${formatAmount(unused, currency)} can be refunded.`,
        "amountMinor",
      );
    return ok({ paymentIntentId, amountMinor: unused });
  }
  if (amountMinor > remaining)
    return notRefundable(
      `Only ${formatAmount(remaining, currency)} can still be refunded.`,
      "amountMinor",
    );
  const problem =
    params.amountMinor === undefined ? undefined : findAmountProblem(params.amountMinor, currency);
  if (problem !== undefined)
    return fail("invalid_request", `amountMinor: ${problem}`, { param: "amountMinor" });
  return ok({ paymentIntentId, amountMinor });
}
