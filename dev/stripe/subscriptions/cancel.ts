import { z } from "zod";
import type { Context } from "../context.ts";
import { missing } from "../errors.ts";
import { creditLines } from "../invoices/credits.ts";
import { usageLines } from "../invoices/usage.ts";
import { bool } from "../params.ts";
import type { Subscription } from "../wire.ts";
import { billNow, prepareInvoice } from "./bill.ts";
import { changeSubscription, endSubscription } from "./change.ts";
import { expireIncomplete } from "./expire.ts";
import { cancellationDetails, mergeCancellationDetails } from "./update.ts";

export const cancelParams = z.strictObject({
  cancellation_details: cancellationDetails.optional(),
  invoice_now: bool.optional(),
  prorate: bool.optional(),
});

/** Ends a subscription that has not begun, as 23 hours without its payment do. */
function expire(
  ctx: Context,
  before: Subscription,
  params: z.output<typeof cancelParams>,
): Subscription {
  const canceled = changeSubscription(ctx, before, {
    canceled_at: ctx.nowSeconds(),
    cancellation_details: {
      ...mergeCancellationDetails(before.cancellation_details, params.cancellation_details),
      reason: "cancellation_requested",
    },
  });
  return expireIncomplete(ctx, canceled);
}

/**
 * Cancels a subscription now. With `prorate` the rest of its period is credited; with `invoice_now`
 * the credit and all pending lines are billed at once, otherwise they stay pending. One that is
 * incomplete has expired, and its invoice is void. Without `prorate` usage is discarded, as
 * Stripe's guide says (docs.stripe.com/billing/subscriptions/cancel); its reference says that
 * `invoice_now` bills it.
 * @throws {ApiError} 404 if it has already ended
 */
export function cancelSubscription(
  ctx: Context,
  before: Subscription,
  params: z.output<typeof cancelParams>,
): Subscription {
  if (before.status === "canceled" || before.status === "incomplete_expired") {
    throw missing("subscription", before.id);
  }
  if (before.status === "incomplete") return expire(ctx, before, params);
  const isPaidFor = ["active", "past_due", "unpaid"].includes(before.status);
  const credited = params.prorate === true && isPaidFor ? before.items.data : [];
  const unused = credited.flatMap((item) => creditLines(ctx, before, item, ctx.nowSeconds()));
  const isBilledNow = params.invoice_now ?? false;
  const used =
    isBilledNow && params.prorate === true ? usageLines(ctx, before, before.items.data) : [];
  const prepared = prepareInvoice(ctx, before.id, [...used, ...unused], isBilledNow);
  const ended = endSubscription(ctx, before, "cancellation_requested", {
    cancellation_details: {
      ...mergeCancellationDetails(before.cancellation_details, params.cancellation_details),
      reason: "cancellation_requested",
    },
    ...(prepared === undefined ? {} : { latest_invoice: prepared.id }),
  });
  if (prepared !== undefined) billNow(ctx, ended, prepared);
  return ended;
}
