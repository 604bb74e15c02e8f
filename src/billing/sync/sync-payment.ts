import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, findOrderByIntent } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { idOrNull } from "../stripe/values.ts";
import { findInvoiceIdByPaymentIntent } from "../subscriptions/store.ts";
import { syncInvoice } from "../subscriptions/sync/sync-subscription.ts";
import { type EventObjectOutcome, syncOrder } from "./sync-order.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** What a payment is for, of what is sold here. */
type PaidSale = { readonly orderId: string } | { readonly invoiceId: string } | null;

async function findPaidSale(env: Bindings, paymentIntentId: string): Promise<PaidSale> {
  const db = database(env.DB);
  const [order, invoiceId] = await Promise.all([
    findOrderByIntent(db, paymentIntentId),
    findInvoiceIdByPaymentIntent(db, paymentIntentId),
  ]);
  if (invoiceId !== undefined) return { invoiceId };
  // What a subscription began with was paid by its first invoice.
  return order === undefined || order.kind === "subscription" ? null : { orderId: order.id };
}

/**
 * Asks Stripe what a payment is for that nothing here is known to be paid by, as before its page
 * was heard of.
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
 * Brings what a payment is for to where the payment stands: paid, failed, refunded in part or
 * whole, disputed, won or lost. Only the intent's id is taken from whoever calls: all the rest is
 * asked of Stripe.
 * @returns `unknown` when it pays for nothing of ours, or why Stripe could not be asked
 * @throws what applying it threw; then doing it again finishes it
 */
export async function syncPayment(
  ctx: Context,
  paymentIntentId: string,
): Promise<Result<EventObjectOutcome>> {
  const { env } = ctx;
  const knownSale = await findPaidSale(env, paymentIntentId);
  const sale = knownSale === null ? await fetchPaidSale(ctx, paymentIntentId) : ok(knownSale);
  if (!sale.ok) return sale;
  if (sale.value === null) return ok("unknown");
  if ("invoiceId" in sale.value) return await syncInvoice(ctx, sale.value.invoiceId);
  return await syncOrder(ctx, { orderId: sale.value.orderId, requestedStripeId: null });
}

/**
 * The handler of events about an object that is about a payment: asks Stripe which payment, and
 * settles that.
 */
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
