import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { Declined, invalid, missing } from "../errors.ts";
import { collectInvoice } from "../invoices/collect.ts";
import { finalizeInvoice } from "../invoices/finalize.ts";
import { markPaid } from "../invoices/paid.ts";
import { previewInvoice, previewParams } from "../invoices/preview.ts";
import { updateInvoice } from "../invoices/update.ts";
import { voidInvoice } from "../invoices/void.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, created, metadata, paging, text } from "../params.ts";
import { findMethod } from "../payments/methods.ts";
import { subscriptionOf } from "../subscriptions/change.ts";
import type { Invoice } from "../wire.ts";

/**
 * Finds an invoice by its id.
 * @throws {ApiError} `resource_missing`
 */
function findInvoice(ctx: Context, id: string, param?: string): Invoice {
  const invoice = ctx.store.invoices.get(id);
  if (invoice === undefined) throw missing("invoice", id, param);
  return invoice;
}

const payParams = z.strictObject({
  off_session: bool.optional(),
  paid_out_of_band: bool.optional(),
  payment_method: text().optional(),
});

/**
 * Pays an open or uncollectible invoice on request.
 * @throws {ApiError} 400 if it can no longer be paid, 402 if the card is declined
 */
function payInvoice(ctx: Context, invoice: Invoice, params: z.output<typeof payParams>): Invoice {
  if (invoice.status === "paid") throw invalid("Invoice is already paid");
  const open = invoice.status === "draft" ? finalizeInvoice(ctx, invoice) : invoice;
  if (open.status === "paid") return open;
  // An uncollectible one may still be paid (docs.stripe.com/invoicing/overview).
  if (open.status !== "open" && open.status !== "uncollectible")
    throw invalid(`This invoice can no longer be paid: it is ${open.status}.`);
  if (params.paid_out_of_band === true) return markPaid(ctx, open, true);
  const method =
    params.payment_method === undefined
      ? undefined
      : findMethod(ctx, params.payment_method, "payment_method");
  const { invoice: after, decline } = collectInvoice(ctx, open, { method, byHand: true });
  if (decline === undefined) return after;
  const { code, declineCode, message } = decline;
  if (code === "resource_missing") throw invalid(message, undefined, code);
  throw new Declined({ code, decline_code: declineCode, message });
}

export const invoices = [
  endpoint({
    method: "post",
    path: "/v1/invoices/create_preview",
    params: previewParams,
    returns: "invoice",
    run: ({ ctx, params }) => previewInvoice(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/invoices",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      customer: text().optional(),
      status: z.enum(["draft", "open", "paid", "uncollectible", "void"]).optional(),
      subscription: text().optional(),
    }),
    returns: { list: "invoice" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.invoices
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.customer === undefined || row.customer === params.customer) &&
            (params.status === undefined || row.status === params.status) &&
            (params.subscription === undefined || subscriptionOf(row) === params.subscription),
        );
      return paginate(wanted, params, "invoice", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/invoices/:id",
    params: z.strictObject({}),
    returns: "invoice",
    run: ({ ctx, id }) => findInvoice(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/invoices/:id",
    params: z.strictObject({ auto_advance: bool.optional(), metadata: metadata.optional() }),
    returns: "invoice",
    run({ ctx, params, id }) {
      const invoice = findInvoice(ctx, id);
      const auto_advance = params.auto_advance ?? invoice.auto_advance ?? false;
      return updateInvoice(
        ctx,
        invoice,
        { auto_advance, metadata: mergeMetadata(invoice.metadata ?? {}, params.metadata) },
        "invoice.updated",
      );
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/invoices/:id/lines",
    params: z.strictObject(paging),
    returns: { list: "line_item" },
    run: ({ ctx, params, id, url }) =>
      paginate(findInvoice(ctx, id).lines.data, params, "line_item", url),
  }),
  endpoint({
    method: "post",
    path: "/v1/invoices/:id/finalize",
    params: z.strictObject({ auto_advance: bool.optional() }),
    returns: "invoice",
    run({ ctx, params, id }) {
      const draft = findInvoice(ctx, id);
      return finalizeInvoice(ctx, {
        ...draft,
        auto_advance: params.auto_advance ?? draft.auto_advance ?? false,
      });
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/invoices/:id/pay",
    params: payParams,
    returns: "invoice",
    run: ({ ctx, params, id }) => payInvoice(ctx, findInvoice(ctx, id), params),
  }),
  endpoint({
    method: "post",
    path: "/v1/invoices/:id/void",
    params: z.strictObject({}),
    returns: "invoice",
    run: ({ ctx, id }) => voidInvoice(ctx, findInvoice(ctx, id)),
  }),
  endpoint({
    method: "post",
    path: "/v1/invoices/:id/mark_uncollectible",
    params: z.strictObject({}),
    returns: "invoice",
    run: ({ ctx, id }) => voidInvoice(ctx, findInvoice(ctx, id), "uncollectible"),
  }),
];

export const invoicePayments = [
  endpoint({
    method: "get",
    path: "/v1/invoice_payments",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      invoice: text().optional(),
      payment: z
        .strictObject({ type: z.enum(["payment_intent"]), payment_intent: text().optional() })
        .optional(),
      status: z.enum(["canceled", "open", "paid"]).optional(),
    }),
    returns: { list: "invoice_payment" },
    run({ ctx, params, url }) {
      const intent = params.payment?.payment_intent;
      const wanted = ctx.store.invoicePayments
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.invoice === undefined || row.invoice === params.invoice) &&
            (intent === undefined || row.payment.payment_intent === intent) &&
            (params.status === undefined || row.status === params.status),
        );
      return paginate(wanted, params, "invoice_payment", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/invoice_payments/:id",
    params: z.strictObject({}),
    returns: "invoice_payment",
    run({ ctx, id }) {
      const payment = ctx.store.invoicePayments.get(id);
      if (payment === undefined) throw missing("invoice_payment", id);
      return payment;
    },
  }),
];
