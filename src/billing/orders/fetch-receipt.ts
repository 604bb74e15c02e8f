import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { type Failure, fail, ok, type Result } from "../../errors.ts";
import { toIso } from "../../time.ts";
import { callStripe } from "../stripe/stripe.ts";
import { secondsToMs } from "../stripe/values.ts";
import { INTENT_EXPAND } from "./intents/intent-facts.ts";
import { chargeOf } from "./session-facts.ts";
import { findSessionOfOrder, type Order } from "./store.ts";
import type { ReceiptView } from "./wire.ts";

const NO_RECEIPT = fail("not_found", "Stripe has no receipt for this order.");

type Charged = Pick<ReceiptView, "url" | "refunds">;
type Totals = Omit<ReceiptView, "orderId" | keyof Charged>;

const showRefund = ({ id, amount, status, created }: Stripe.Refund) => ({
  id,
  amountMinor: amount,
  status,
  createdAt: toIso(secondsToMs(created)),
});

/** Shows the charge that an intent was paid by, with its refunds, oldest first. */
export const showCharged = (intent: Stripe.PaymentIntent | null): Charged => {
  const charge = chargeOf(intent);
  const refunds = charge?.refunds?.data ?? [];
  return { url: charge?.receipt_url ?? null, refunds: refunds.toReversed().map(showRefund) };
};

const showInvoice = (invoice: Stripe.Checkout.Session["invoice"]): Totals["invoice"] =>
  typeof invoice === "object" && invoice !== null
    ? {
        id: invoice.id,
        number: invoice.number,
        url: invoice.hosted_invoice_url ?? null,
        pdf: invoice.invoice_pdf ?? null,
      }
    : null;

/** A payment that Stripe deleted has no receipt. */
const toFailure = (refused: { readonly ok: false; readonly failure: Failure }) =>
  refused.failure.code === "stripe_refused" ? NO_RECEIPT : refused;

const SESSION_EXPAND = ["invoice", "payment_intent.latest_charge.refunds"];

function showSession(session: Stripe.Checkout.Session, order: Order): Totals & Charged {
  const { payment_intent: intent, total_details: details } = session;
  return {
    ...showCharged(typeof intent === "object" ? intent : null),
    currency: order.currency,
    subtotalMinor: session.amount_subtotal ?? order.amountMinor,
    discountMinor: details?.amount_discount ?? 0,
    taxMinor: details?.amount_tax ?? 0,
    totalMinor: session.amount_total ?? order.amountMinor,
    invoice: showInvoice(session.invoice),
  };
}

const showIntent = (intent: Stripe.PaymentIntent, order: Order): Totals & Charged => ({
  ...showCharged(intent),
  currency: order.currency,
  subtotalMinor: order.amountMinor,
  discountMinor: 0,
  taxMinor: 0,
  totalMinor: intent.amount_received,
  invoice: null,
});

/**
 * Asks Stripe for its records of an order that was paid: receipt, invoice, taxes and refunds. The
 * addresses are not kept: they expire, and whoever has one reads what was bought, and with which
 * card.
 * @returns `not_found` where nothing was bought; `billing_unavailable`
 */
export async function fetchReceipt(
  { config, db }: Pick<Context, "config" | "db">,
  order: Order,
): Promise<Result<ReceiptView>> {
  const { id: orderId, stripePaymentIntentId: intentId } = order;
  if (order.paidAt === null) return NO_RECEIPT;
  const session = await findSessionOfOrder(db, orderId);
  const stripeId = session?.status === "succeeded" ? session.stripeId : null;
  if (stripeId !== null) {
    const page = await callStripe(config, (stripe) =>
      stripe.checkout.sessions.retrieve(stripeId, { expand: SESSION_EXPAND }),
    );
    return page.ok ? ok({ orderId, ...showSession(page.value, order) }) : toFailure(page);
  }
  if (intentId === null) return NO_RECEIPT;
  const intent = await callStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(intentId, { expand: INTENT_EXPAND }),
  );
  return intent.ok ? ok({ orderId, ...showIntent(intent.value, order) }) : toFailure(intent);
}
