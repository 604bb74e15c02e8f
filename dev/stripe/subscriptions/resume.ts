import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import type { Subscription } from "../wire.ts";
import { billNow, prepareInvoice } from "./bill.ts";
import { toItemList } from "./build.ts";
import { changeSubscription } from "./change.ts";
import { planChange } from "./plan-change.ts";
import { endResumption, findResumption } from "./resumption.ts";

export const resumeParams = z.strictObject({
  billing_cycle_anchor: z.strictObject({ type: z.enum(["now"]) }).optional(),
  payment_behavior: z.enum(["resume_on_payment_attempt", "resume_on_payment_success"]).optional(),
});

/**
 * Begins a new period of a paused subscription, and bills it. It stays paused until that invoice is
 * paid or marked uncollectible. With `resume_on_payment_success` its payment is attempted now, and
 * retried; by default it is not, and the invoice is void after 23 hours
 * (docs.stripe.com/api/subscriptions/resume).
 * @throws {ApiError} 400 for one that is not paused, or that waits for such an invoice
 */
export function resumeSubscription(
  ctx: Context,
  before: Subscription,
  params: z.output<typeof resumeParams>,
): Subscription {
  if (before.status !== "paused") {
    throw invalid(
      "Resuming subscriptions is only supported for subscriptions with a status of `paused`.",
    );
  }
  if (findResumption(ctx, before.latest_invoice ?? "") !== undefined)
    throw invalid("This subscription is resumed once its latest invoice is paid.");
  const plan = planChange(ctx, before, { billing_cycle_anchor: { type: "now" } });
  const prepared = prepareInvoice(ctx, before.id, plan.lines, true);
  const billed = changeSubscription(ctx, before, {
    items: toItemList(before.id, plan.items),
    billing_cycle_anchor: plan.anchorSeconds,
    ...(prepared === undefined ? {} : { latest_invoice: prepared.id }),
  });
  if (prepared === undefined) return endResumption(ctx, billed, "active");
  const isAttempted = params.payment_behavior === "resume_on_payment_success";
  ctx.store.resumptions.put({ id: prepared.id, isAttempted });
  billNow(ctx, billed, prepared, { awaits: !isAttempted, isPending: !isAttempted });
  return ctx.store.subscriptions.get(before.id) ?? billed;
}
