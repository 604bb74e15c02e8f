import type { Context } from "../context.ts";
import { updateInvoiceOfIntent } from "../invoices/on-payment-attempt.ts";
import { type AttemptResult, openTestCardDispute } from "./attempt.ts";

/** Applies the result of an attempt to pay an intent without a checkout session. */
export function applyAfterAttempt(
  ctx: Context,
  result: AttemptResult,
  options: { readonly isDebit?: boolean } = {},
): void {
  updateInvoiceOfIntent(ctx, result.intent, options);
  openTestCardDispute(ctx, result);
}
