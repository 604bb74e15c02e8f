import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, orderOfIntent } from "../orders/store.ts";
import { askStripe } from "../stripe/stripe.ts";
import { idOrNull } from "../stripe/values.ts";
import { invoiceOfIntent } from "../subscriptions/store.ts";
import { syncInvoice } from "../subscriptions/sync/settle.ts";
import { type Outcome, syncOrder } from "./sync-order.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** What a payment is for, of what is sold here. */
type Paid = { readonly orderId: string } | { readonly invoiceId: string } | null;

async function known(env: Bindings, paymentIntentId: string): Promise<Paid> {
  const db = database(env.DB);
  const [order, invoiceId] = await Promise.all([
    orderOfIntent(db, paymentIntentId),
    invoiceOfIntent(db, paymentIntentId),
  ]);
  if (invoiceId !== undefined) return { invoiceId };
  // What a subscription began with was paid by its first invoice.
  return order === undefined || order.kind === "subscription" ? null : { orderId: order.id };
}

/**
 * Asks Stripe what a payment is for that nothing here is known to be paid by, as before its page
 * was heard of.
 */
async function asked(
  env: Bindings,
  config: Config,
  paymentIntentId: string,
): Promise<Result<Paid>> {
  const intent = await askStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(paymentIntentId),
  );
  if (!intent.ok) return intent;
  const orderId = intent.value.metadata["orderId"];
  const order = orderId === undefined ? undefined : await findOrder(database(env.DB), orderId);
  if (order !== undefined && order.kind !== "subscription") return ok({ orderId: order.id });
  const payment = { type: "payment_intent", payment_intent: paymentIntentId } as const;
  const invoices = await askStripe(config, (stripe) =>
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
  env: Bindings,
  config: Config,
  paymentIntentId: string,
  nowMs: number,
): Promise<Result<Outcome>> {
  const knownSale = await known(env, paymentIntentId);
  const sale = knownSale === null ? await asked(env, config, paymentIntentId) : ok(knownSale);
  if (!sale.ok) return sale;
  if (sale.value === null) return ok("unknown");
  if ("invoiceId" in sale.value)
    return await syncInvoice(env, config, sale.value.invoiceId, nowMs);
  return await syncOrder(env, config, { orderId: sale.value.orderId, requestedStripeId: null }, nowMs);
}

/**
 * The handler of events about an object that is about a payment: asks Stripe which payment, and
 * settles that.
 */
const settlingPaymentOf =
  (
    ask: (
      stripe: Stripe,
      id: string,
    ) => Promise<{ object: string; payment_intent?: string | { id: string } | null }>,
  ) =>
  async (
    env: Bindings,
    config: Config,
    objectId: string,
    nowMs: number,
  ): Promise<Result<Outcome>> => {
    const about = await askStripe(config, (stripe) => ask(stripe, objectId));
    if (!about.ok) return about;
    const paymentIntentId = idOrNull(about.value.payment_intent);
    return paymentIntentId === null
      ? ok("unknown")
      : await syncPayment(env, config, paymentIntentId, nowMs);
  };

export const syncCharge = settlingPaymentOf((stripe, id) => stripe.charges.retrieve(id));
export const syncRefund = settlingPaymentOf((stripe, id) => stripe.refunds.retrieve(id));
export const syncDispute = settlingPaymentOf((stripe, id) => stripe.disputes.retrieve(id));
