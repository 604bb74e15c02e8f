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
    return notRefundable("Nothing was paid for this, so nothing can go back.");
  // The credited balance pays later invoices: a buyer would have that money twice.
  const creditedMinor = params.byAdmin ? 0 : sale.creditedMinor;
  const remaining = paidMinor - refundedMinor - creditedMinor;
  if (remaining <= 0)
    return notRefundable(
      `All of this has gone back already${creditedMinor > 0 ? ", or is on your balance" : ""}.`,
    );
  if (sale.disputed)
    return notRefundable(
      "A bank is deciding about this payment: the money goes back by its decision, or not.",
    );
  const amountMinor = params.amountMinor ?? remaining;
  if (!params.byAdmin) {
    if (windowDays === 0)
      return notRefundable("Refunds are made by the operator: please ask for one.");
    if (nowMs >= sale.paidAt + windowDays * DAY_MS)
      return notRefundable(
        `A refund can be had within ${windowDays} days of paying, which are over.`,
      );
    if (sale.isRunning)
      return notRefundable(
        "This pays for a subscription that goes on: end it at once, and ask again.",
      );
    const unused =
      params.unusedMinor === undefined || params.unusedMinor >= remaining
        ? remaining
        : floorAmount(params.unusedMinor, currency);
    if (unused <= 0)
      return notRefundable("This was used, so nothing goes back by itself: ask the operator.");
    if (params.amountMinor !== undefined && params.amountMinor !== unused)
      return notRefundable(
        `All of ${formatAmount(unused, currency)} can go back, and not a part of it.`,
        "amountMinor",
      );
    return ok({ paymentIntentId, amountMinor: unused });
  }
  if (amountMinor > remaining)
    return notRefundable(
      `Only ${formatAmount(remaining, currency)} of this is left.`,
      "amountMinor",
    );
  const problem =
    params.amountMinor === undefined ? undefined : findAmountProblem(params.amountMinor, currency);
  if (problem !== undefined)
    return fail("invalid_request", `amountMinor: ${problem}`, { param: "amountMinor" });
  return ok({ paymentIntentId, amountMinor });
}
