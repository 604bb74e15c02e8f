import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { callStripe } from "../stripe/stripe.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";
import { flushOverage } from "./report-overage.ts";

/** The statuses in which usage is billed. It is free in a trial, and none is made in a pause. */
const BILLED_STATUSES: ReadonlySet<string> = new Set(["active", "past_due", "unpaid"]);

/**
 * Bills the usage past the plan until now, by removing the metered price. Stripe's guide says that
 * a cancellation without proration discards usage, and its reference that an invoice bills it; the
 * removal bills it by both
 * (https://docs.stripe.com/billing/subscriptions/usage-based/manage-billing-setup). A refusal keeps
 * nobody from ending a subscription; it is logged.
 */
async function billUsage(
  config: Config,
  { id, status, items }: Stripe.Subscription,
): Promise<Result<null>> {
  const metered = items.data.filter(({ price }) => price.recurring?.usage_type === "metered");
  if (metered.length === 0 || !BILLED_STATUSES.has(status)) return ok(null);
  const removed = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(id, {
      items: metered.map((item) => ({ id: item.id, deleted: true })),
      proration_behavior: "always_invoice",
    }),
  );
  if (removed.ok) return ok(null);
  const { code, message } = removed.failure;
  if (code === "billing_unavailable" || code === "misconfigured") return removed;
  log.error("subscription.usage_not_billed", { subscriptionId: id, error: `${code}: ${message}` });
  return ok(null);
}

/**
 * Ends a subscription at Stripe at once. Usage past the plan until now is invoiced.
 * @param options.prorate whether the unused part of its period is credited
 * @returns true when this ended it, false when it had ended already; or why Stripe did not end it
 */
export async function endAtOnce(
  ctx: Context,
  { id, userId }: { readonly id: string; readonly userId: string },
  options: { readonly prorate: boolean },
): Promise<Result<boolean>> {
  const { config } = ctx;
  const { prorate } = options;
  const flushed = await flushOverage(ctx, userId);
  if (!flushed.ok) return flushed;
  if (!prorate) {
    const fetched = await callStripe(config, (stripe) => stripe.subscriptions.retrieve(id));
    if (!fetched.ok) return isMissingAtStripe(fetched.failure) ? ok(false) : fetched;
    const billed = await billUsage(config, fetched.value);
    if (!billed.ok) return billed;
  }
  const canceled = await callStripe(config, (stripe) =>
    stripe.subscriptions.cancel(id, { prorate, invoice_now: true }),
  );
  // Stripe reports a subscription that has ended as missing. After any other refusal it continues
  // to be paid, so the refusal is returned.
  if (canceled.ok) return ok(true);
  return isMissingAtStripe(canceled.failure) ? ok(false) : canceled;
}
