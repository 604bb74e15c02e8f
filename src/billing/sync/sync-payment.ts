import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, findOrderByIntent } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { idOrNull } from "../stripe/values.ts";
import { findInvoiceIdByPaymentIntent } from "../subscriptions/store.ts";
import { syncInvoice } from "../subscriptions/sync/sync-subscription.ts";
import { type EventObjectOutcome, syncOrder } from "./sync-order.ts";

/** The sale that a payment is for; null when it is for none of ours. */
type PaidSale = { readonly orderId: string } | { readonly invoiceId: string } | null;

async function findPaidSale({ db, hint }: Context, paymentIntentId: string): Promise<PaidSale> {
  const [order, invoiceId] = await Promise.all([
    findOrderByIntent(db, paymentIntentId),
    findInvoiceIdByPaymentIntent(db, paymentIntentId),
  ]);
  if (invoiceId !== undefined) return { invoiceId };
  const hintedId = hint?.orderId ?? null;
  const hinted = order ?? (hintedId === null ? undefined : await findOrder(db, hintedId));
  // The order of a subscription was paid by the subscription's first invoice.
  return hinted === undefined || hinted.kind === "subscription" ? null : { orderId: hinted.id };
}

/**
 * Fetches the sale of a payment that no stored sale names, as before the first event about its
 * checkout page.
 */
async function fetchPaidSale(ctx: Context, paymentIntentId: string): Promise<Result<PaidSale>> {
  const { db, config } = ctx;
  const intent = await callStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(paymentIntentId),
  );
  if (!intent.ok) return intent;
  const orderId = intent.value.metadata["orderId"];
  const order = orderId === undefined ? undefined : await findOrder(db, orderId);
  if (order !== undefined && order.kind !== "subscription") return ok({ orderId: order.id });
  const payment = { type: "payment_intent", payment_intent: paymentIntentId } as const;
  const invoices = await callStripe(config, (stripe) =>
    stripe.invoicePayments.list({ payment, limit: 1 }),
  );
  if (!invoices.ok) return invoices;
  const invoiceId = idOrNull(invoices.value.data[0]?.invoice);
  return ok(invoiceId === null ? null : { invoiceId });
}

/**
 * Syncs the sale that a payment is for with the state of the payment: paid, failed, refunded in
 * part or whole, disputed, won or lost. Only the intent's id is taken from the caller: the rest is
 * fetched from Stripe.
 * @returns `unknown` when it pays for no sale of ours, or why Stripe could not be asked
 * @throws the error of applying it; repeating the call finishes it
 */
export async function syncPayment(
  ctx: Context,
  paymentIntentId: string,
): Promise<Result<EventObjectOutcome>> {
  const knownSale = await findPaidSale(ctx, paymentIntentId);
  const sale = knownSale === null ? await fetchPaidSale(ctx, paymentIntentId) : ok(knownSale);
  if (!sale.ok) return sale;
  if (sale.value === null) return ok("unknown");
  if ("invoiceId" in sale.value) return await syncInvoice(ctx, sale.value.invoiceId);
  return await syncOrder(ctx, { orderId: sale.value.orderId, requestedStripeId: null });
}

/** Creates a handler of events about an object that belongs to a payment: it syncs the payment. */
const syncPaymentHandler =
  (
    fetchObject: (
      stripe: Stripe,
      id: string,
    ) => Promise<{ object: string; payment_intent?: string | { id: string } | null }>,
  ) =>
  async (ctx: Context, objectId: string): Promise<Result<EventObjectOutcome>> => {
    const fetched = await callStripe(ctx.config, (stripe) => fetchObject(stripe, objectId));
    if (!fetched.ok) return fetched;
    const paymentIntentId = idOrNull(fetched.value.payment_intent);
    return paymentIntentId === null ? ok("unknown") : await syncPayment(ctx, paymentIntentId);
  };

export const syncCharge = syncPaymentHandler((stripe, id) => stripe.charges.retrieve(id));
export const syncRefund = syncPaymentHandler((stripe, id) => stripe.refunds.retrieve(id));
export const syncDispute = syncPaymentHandler((stripe, id) => stripe.disputes.retrieve(id));
