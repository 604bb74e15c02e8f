import type { Context } from "../context.ts";
import { updateInvoiceOfIntent } from "../invoices/on-payment-attempt.ts";
import { type AttemptResult, openTestCardDispute } from "./attempt.ts";

/** What follows from an attempt to pay an intent that no checkout session made. */
export function applyAfterAttempt(ctx: Context, result: AttemptResult): void {
  updateInvoiceOfIntent(ctx, result.intent);
  openTestCardDispute(ctx, result);
}
