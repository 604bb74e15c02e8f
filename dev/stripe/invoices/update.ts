import type { Context } from "../context.ts";
import { emit, previousAttributes } from "../events.ts";
import { firstTen } from "../list.ts";
import type { EventType, Invoice } from "../wire.ts";

type InvoiceEvent = Exclude<Extract<EventType, `invoice.${string}`>, "invoice.upcoming">;

/** Tells of an invoice as the API shows it when nothing is expanded. */
export function emitInvoice(
  ctx: Context,
  type: InvoiceEvent,
  invoice: Invoice,
  previous?: object,
): void {
  const { confirmation_secret: _, ...shown } = invoice;
  emit(ctx, type, { ...shown, lines: firstTen(invoice.lines) }, previous);
}

/** Keeps an invoice that something happened to, and tells of it. */
export function updateInvoice(
  ctx: Context,
  before: Invoice,
  changes: Partial<Invoice>,
  type: InvoiceEvent,
): Invoice {
  const after = ctx.store.invoices.put({ ...before, ...changes });
  emitInvoice(
    ctx,
    type,
    after,
    type === "invoice.updated" ? previousAttributes(before, after) : undefined,
  );
  return after;
}
