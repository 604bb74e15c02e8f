import type { Decline } from "../checkout/charge.ts";
import type { Context } from "../context.ts";
import { discountLines } from "../discounts/subscription.ts";
import { newId } from "../ids.ts";
import { collectInvoice } from "../invoices/collect.ts";
import { draftInvoice } from "../invoices/draft.ts";
import { finalizeInvoice } from "../invoices/finalize.ts";
import { addPendingLines, takePendingLines } from "../invoices/pending.ts";
import type { InvoiceLine, Subscription } from "../wire.ts";

/**
 * An invoice that will be created at once. Its id is known before, so that the subscription can
 * refer to it.
 */
export interface PreparedInvoice {
  readonly id: string;
  readonly lines: readonly InvoiceLine[];
}

/**
 * Adds lines to the next invoice, or prepares an invoice of them and of all pending lines.
 * @returns undefined if nothing is billed now
 * @throws {ApiError} 400 for a discount that cannot be prorated
 */
export function prepareInvoice(
  ctx: Context,
  subscription: string,
  lines: readonly InvoiceLine[],
  isBilledNow: boolean,
): PreparedInvoice | undefined {
  // Lines that could not be billed later are refused now.
  discountLines(ctx, subscription, lines);
  addPendingLines(ctx, subscription, lines);
  if (!isBilledNow) return undefined;
  const all = takePendingLines(ctx, subscription);
  return all.length === 0 ? undefined : { id: newId("in", 23, "1"), lines: all };
}

/**
 * Creates, finalizes and collects the invoice of a change.
 * @param options.awaits whether nothing is charged, because the caller will confirm the invoice's
 *   intent
 * @returns the decline, if there was one
 */
export function billNow(
  ctx: Context,
  subscription: Subscription,
  { id, lines }: PreparedInvoice,
  options: {
    readonly awaits?: boolean;
    /** Whether the change waits for the payment: then nobody tries again by itself. */
    readonly isPending?: boolean;
    readonly prorationDate?: number | undefined;
  } = {},
): Decline | undefined {
  const now = ctx.nowSeconds();
  const draft = draftInvoice(ctx, {
    id,
    subscription,
    lines,
    reason: "subscription_update",
    period: { start: now, end: now },
    autoAdvance: options.isPending !== true,
    prorationDate: options.prorationDate,
  });
  const invoice = finalizeInvoice(ctx, draft);
  if (invoice.status !== "open" || options.awaits === true) return undefined;
  return collectInvoice(ctx, invoice).decline;
}
