import type { Context } from "./context.ts";
import { invalid } from "./errors.ts";

/**
 * Checks that a customer is billed in one currency: a subscription, an open page for one and an
 * unpaid invoice hold it (docs.stripe.com/billing/customer: a customer's currency).
 * @throws {ApiError} 400
 */
export function checkOneCurrency(ctx: Context, customer: string, currency: string): void {
  const { subscriptions, invoices, sessions } = ctx.store;
  const held = [
    ...subscriptions
      .oldestFirst()
      .filter(({ status }) => status !== "canceled" && status !== "incomplete_expired"),
    ...invoices.oldestFirst().filter(({ status }) => status === "draft" || status === "open"),
    ...sessions
      .oldestFirst()
      .filter(({ status, mode }) => status === "open" && mode === "subscription"),
  ].find((one) => one.customer === customer && one.currency !== currency);
  if (held === undefined) return;
  throw invalid(
    "You cannot combine currencies on a single customer. This customer has an active " +
      "subscription, subscription schedule, discount, quote, or invoice item with currency " +
      `${held.currency}.`,
  );
}
