import type { Context } from "../context.ts";
import { emit, previousAttributes } from "../events.ts";
import { firstTen } from "../list.ts";
import type { EventType, Invoice } from "../wire.ts";

type InvoiceEvent = Exclude<Extract<EventType, `invoice.${string}`>, "invoice.upcoming">;

/** Emits an event about an invoice, in its form without expanded fields. */
export function emitInvoice(
  ctx: Context,
  type: InvoiceEvent,
  invoice: Invoice,
  previous?: object,
): void {
  const { confirmation_secret: _, ...shown } = invoice;
  emit(ctx, type, { ...shown, lines: firstTen(invoice.lines) }, previous);
}

/** Stores changes of an invoice and emits an event about it. */
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
