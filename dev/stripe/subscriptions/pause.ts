import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { creditLines } from "../invoices/credits.ts";
import { usageLines } from "../invoices/usage.ts";
import type { Subscription } from "../wire.ts";
import { billNow, prepareInvoice } from "./bill.ts";
import { toItemList } from "./build.ts";
import { changeSubscription } from "./change.ts";

export const pauseParams = z.strictObject({
  bill_for: z
    .strictObject({
      outstanding_usage_through: z.strictObject({ type: z.enum(["none", "now"]) }).optional(),
      unused_time_from: z.strictObject({ type: z.enum(["none", "now"]) }).optional(),
    })
    .optional(),
  invoicing_behavior: z.enum(["invoice", "pending_invoice_item"]).optional(),
  type: z.enum(["subscription"]).optional(),
});

/** Returns the fields of a subscription that is paused from now on. */
export const pausedFields = (
  ctx: Context,
  reason: "pause_requested" | "trial_end_without_payment_method",
): Partial<Subscription> => ({
  status: "paused",
  status_details: {
    paused: {
      subscription: { type: reason },
      transitioned_at: ctx.nowSeconds(),
      type: "subscription",
    },
  },
});

/**
 * Pauses a subscription: it makes no invoices, and its period ends. The rest of that is credited
 * and its usage billed, now or with the next invoice (docs.stripe.com/billing/subscriptions/pause).
 * @throws {ApiError} 400 for one that does not run, or is in the classic billing mode
 */
export function pauseSubscription(
  ctx: Context,
  before: Subscription,
  params: z.output<typeof pauseParams>,
): Subscription {
  const isRunning = ["active", "past_due", "unpaid"].includes(before.status);
  if (!isRunning || before.billing_mode.type === "classic") {
    throw invalid(
      "Only running subscriptions in the flexible billing mode can be paused: " +
        `this one is ${before.status}, in the ${before.billing_mode.type} one.`,
    );
  }
  const { outstanding_usage_through: usage, unused_time_from: unused } = params.bill_for ?? {};
  const { data: items } = before.items;
  const lines = [
    ...(usage?.type === "none" ? [] : usageLines(ctx, before, items)),
    ...(unused?.type === "none" ? [] : items).flatMap((item) =>
      creditLines(ctx, before, item, ctx.nowSeconds()),
    ),
  ];
  const isBilledNow = params.invoicing_behavior === "invoice";
  const prepared = prepareInvoice(ctx, before.id, lines, isBilledNow);
  const paused = changeSubscription(
    ctx,
    before,
    {
      ...pausedFields(ctx, "pause_requested"),
      items: toItemList(
        before.id,
        items.map((item) => ({ ...item, current_period_end: ctx.nowSeconds() })),
      ),
      ...(prepared === undefined ? {} : { latest_invoice: prepared.id }),
    },
    "customer.subscription.paused",
  );
  if (prepared !== undefined) billNow(ctx, paused, prepared);
  return ctx.store.subscriptions.get(before.id) ?? paused;
}
