import { findAmountProblem } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { formatAmount } from "../../units.ts";

/** A sale whose money could go back. Amounts in minor units, times in ms. */
export interface RefundableSale {
  readonly id: string;
  readonly userId: string;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  /** Null: nothing was paid (yet). */
  readonly paidMinor: number | null;
  readonly refundedMinor: number;
  readonly disputed: boolean;
  /** What of it a later change of the subscription credited to the customer's balance. */
  readonly creditedMinor: number;
  /** Whether it pays for a subscription that goes on. */
  readonly isRunning: boolean;
  readonly paidAt: number;
  readonly updatedAt: number;
}

/** Who asks for how much. */
export interface RefundParams {
  /** Undefined is all that is left. */
  readonly amountMinor: number | undefined;
  /**
   * An admin's word stands at any time; a buyer's within the operator's window, for all of it, and
   * not for what goes on.
   */
  readonly byAdmin: boolean;
}

/** What can be given back has an intent that it goes back by. */
export interface ApprovedRefund {
  readonly paymentIntentId: string;
  readonly amountMinor: number;
}

const DAY_MS = 86_400_000;

const notRefundable = (message: string, param?: string) =>
  fail("not_refundable", message, { param });

/**
 * Decides whether money may go back for a sale, and how much.
 * @param windowDays within how many days of paying a buyer may ask for it; 0 is never
 * @returns `not_refundable` with the reason, `invalid_request` for an amount that the currency does
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
  // What became balance pays later invoices: a buyer would have it twice.
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
    if (amountMinor !== remaining)
      return notRefundable(
        `All of ${formatAmount(remaining, currency)} can go back, and not a part of it.`,
        "amountMinor",
      );
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
