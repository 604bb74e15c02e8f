import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";

type Order = SuccessBody<ApiClient["api"]["orders"][":id"]["$get"]>;
type Receipt = SuccessBody<ApiClient["api"]["orders"][":id"]["receipt"]["$get"]>;

/** A part of the sum that was paid. */
interface Amounts {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
}

/** A sale as its page shows it: an order, or an invoice of a subscription. */
export interface Sale {
  readonly id: string;
  readonly title: string;
  readonly currency: string;
  readonly status: string;
  readonly disputed: boolean;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly createdAt: string;
  readonly failureReason: string | null;
  /** The order, which says what was granted; null for an invoice. */
  readonly order: Order | null;
  /** Stripe's part; null where nothing was paid, or Stripe cannot be reached. */
  readonly receipt:
    | (Amounts & {
        readonly receiptUrl: string | null;
        readonly invoiceUrl: string | null;
        readonly pdfUrl: string | null;
        readonly number: string | null;
        readonly refunds: Receipt["refunds"];
      })
    | null;
  readonly isStripeDown: boolean;
}

/** Loads an order's receipt; null where there is none, `"down"` where Stripe cannot be reached. */
async function loadReceipt(c: PageContext, id: string): Promise<Receipt | null | "down"> {
  try {
    return await unwrap(c.var.api.api.orders[":id"].receipt.$get({ param: { id } }));
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return null;
    if (error instanceof ApiRefusal && error.status === 503) return "down";
    throw error;
  }
}

async function loadOrder(c: PageContext, id: string): Promise<Sale> {
  const [order, receipt] = await Promise.all([
    unwrap(c.var.api.api.orders[":id"].$get({ param: { id }, query: {} })),
    loadReceipt(c, id),
  ]);
  return {
    ...order,
    disputed: order.status === "disputed",
    paidMinor: order.paidMinor ?? 0,
    order,
    isStripeDown: receipt === "down",
    receipt:
      receipt === null || receipt === "down"
        ? null
        : {
            ...receipt,
            receiptUrl: receipt.url,
            invoiceUrl: receipt.invoice?.url ?? null,
            pdfUrl: receipt.invoice?.pdf ?? null,
            number: receipt.invoice?.number ?? null,
          },
  };
}

async function loadInvoice(c: PageContext, id: string): Promise<Sale> {
  const invoice = await unwrap(c.var.api.api.invoices[":id"].$get({ param: { id } }));
  const { amountMinor: totalMinor, subtotalMinor, taxMinor } = invoice;
  return {
    ...invoice,
    status: invoice.status ?? "open",
    paidMinor: invoice.amountPaidMinor,
    failureReason: null,
    order: null,
    isStripeDown: false,
    receipt: {
      subtotalMinor,
      taxMinor,
      totalMinor,
      discountMinor: Math.max(0, subtotalMinor + taxMinor - totalMinor),
      receiptUrl: invoice.receiptUrl,
      invoiceUrl: invoice.hostedInvoiceUrl,
      pdfUrl: invoice.invoicePdf,
      number: invoice.number,
      refunds: invoice.refunds,
    },
  };
}

/**
 * Loads a sale of the reader's by its id, which begins with `in_` for an invoice.
 * @throws {ApiRefusal} 404 for another's
 */
export const loadSale = (c: PageContext, id: string): Promise<Sale> =>
  id.startsWith("in_") ? loadInvoice(c, id) : loadOrder(c, id);
