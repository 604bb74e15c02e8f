import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, type Order } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { syncInvoice } from "../subscriptions/sync/sync-subscription.ts";
import { type EventObjectOutcome, syncOrder } from "./sync-order.ts";

/**
 * Returns the order that an invoice is of, if that was a one-time sale. A subscription's order is
 * paid by the subscription's invoices, which are synced with it.
 */
async function findOneTimeOrder(
  { db }: Context,
  orderId: string | null | undefined,
): Promise<Order | undefined> {
  const order = orderId == null ? undefined : await findOrder(db, orderId);
  return order?.kind === "subscription" ? undefined : order;
}

/**
 * The invoice of a one-time sale says no more than its session: that the sale was paid. An order
 * that was delivered needs no look, and another one is fulfilled by its session, under the same
 * key, so that the invoice's events grant nothing twice.
 */
const syncOneTimeInvoice = async (ctx: Context, order: Order) =>
  order.completedAt === null
    ? await syncOrder(ctx, { orderId: order.id, requestedStripeId: null })
    : ok("nothing" as const);

/**
 * Syncs the sale that an invoice is of: a subscription, or an order that was paid once.
 * @returns `unknown` when it is for no sale of ours; or why Stripe could not be asked
 * @throws the error of applying it; repeating the call finishes it
 */
export async function syncInvoiceEvent(
  ctx: Context,
  invoiceId: string,
): Promise<Result<EventObjectOutcome>> {
  const hinted = await findOneTimeOrder(ctx, ctx.hint?.orderId);
  if (hinted !== undefined) return await syncOneTimeInvoice(ctx, hinted);
  const synced = await syncInvoice(ctx, invoiceId);
  // The event that is handled named no order, and so its invoice names none either.
  if (!synced.ok || synced.value !== "unknown" || ctx.hint !== undefined) return synced;
  const invoice = await callStripe(ctx.config, (stripe) => stripe.invoices.retrieve(invoiceId));
  if (!invoice.ok) return invoice.failure.code === "stripe_refused" ? synced : invoice;
  const order = await findOneTimeOrder(ctx, invoice.value.metadata?.["orderId"]);
  return order === undefined ? synced : await syncOneTimeInvoice(ctx, order);
}
