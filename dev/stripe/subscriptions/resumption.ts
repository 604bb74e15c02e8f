import type { Context } from "../context.ts";
import type { Resumption } from "../store.ts";
import type { Subscription } from "../wire.ts";
import { changeSubscription } from "./change.ts";

/** The time that the invoice of a resumption may wait for an attempt to pay it. */
export const RESUMPTION_TTL_SECONDS = 23 * 3600;

/** Finds the resumption that an invoice is for, while it waits for its payment. */
export const findResumption = (ctx: Context, invoiceId: string): Resumption | undefined =>
  ctx.store.resumptions.get(invoiceId);

/** Ends the pause of a subscription. */
export function endResumption(
  ctx: Context,
  before: Subscription,
  status: "active" | "past_due",
): Subscription {
  ctx.store.resumptions.remove(before.latest_invoice ?? "");
  const { status_details: _, ...subscription } = before;
  ctx.store.subscriptions.put(subscription);
  return changeSubscription(ctx, subscription, { status }, "customer.subscription.resumed");
}
