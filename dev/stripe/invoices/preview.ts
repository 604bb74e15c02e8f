import { z } from "zod";
import type { Context } from "../context.ts";
import { ApiError, invalid, missing } from "../errors.ts";
import { newId } from "../ids.ts";
import { bool, int, list, text } from "../params.ts";
import { requireCustomer } from "../resources/customers.ts";
import { buildItem, currentPeriod, recurringOf } from "../subscriptions/build.ts";
import { type Period, periodAt } from "../subscriptions/calendar.ts";
import { itemParams, readItems } from "../subscriptions/items.ts";
import { isMetered } from "../subscriptions/metered.ts";
import { changeParams, planChange } from "../subscriptions/plan-change.ts";
import type { Invoice, InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import { buildInvoice } from "./draft.ts";
import { computeDue } from "./due.ts";
import { periodLine } from "./lines.ts";
import { pendingLines } from "./pending.ts";
import { usageLines } from "./usage.ts";

export const previewParams = z.strictObject({
  customer: text().optional(),
  subscription: text().optional(),
  subscription_details: z
    .strictObject({
      ...changeParams,
      cancel_at_period_end: bool.optional(),
      items: list(
        itemParams.extend({ deleted: bool.optional(), id: text().optional() }),
        20,
      ).optional(),
      proration_date: int().optional(),
    })
    .optional(),
});
type Params = z.output<typeof previewParams>;

type Billed = Pick<Subscription, "id" | "customer" | "currency" | "metadata" | "automatic_tax">;

/** Builds an invoice that is shown but not stored. */
function buildUpcoming(
  ctx: Context,
  subscription: Billed,
  lines: readonly InvoiceLine[],
  period: Period,
  prorationDate?: number,
): Invoice {
  const invoice = buildInvoice(ctx, {
    id: newId("upcoming_in", 23, "1"),
    subscription,
    lines: lines.map((line) => ({ ...line, id: line.id.replace("il_", "il_tmp_") })),
    reason: "upcoming",
    period,
    autoAdvance: true,
    prorationDate,
  });
  const { endingBalanceMinor } = computeDue(
    invoice.total,
    invoice.starting_balance,
    invoice.currency,
  );
  return { ...invoice, ending_balance: endingBalanceMinor };
}

/** Builds the lines of the next period. */
const nextLines = (
  ctx: Context,
  items: readonly SubscriptionItem[],
  anchorSeconds: number,
): InvoiceLine[] =>
  items
    .filter((item) => !isMetered(item.price))
    .map((item) =>
      periodLine(
        ctx,
        item,
        periodAt(anchorSeconds, recurringOf(item.price), item.current_period_end),
        false,
      ),
    );

const noUpcomingInvoice = (customer: string) =>
  new ApiError(404, {
    type: "invalid_request_error",
    code: "invoice_upcoming_none",
    message: `No upcoming invoices for customer: ${customer}`,
  });

function previewChange(
  ctx: Context,
  before: Subscription,
  details: NonNullable<Params["subscription_details"]>,
): Invoice {
  const { cancel_at_period_end: cancelsAtPeriodEnd = before.cancel_at_period_end, ...params } =
    details;
  const plan = planChange(ctx, before, params);
  const pending = [...pendingLines(ctx, before.id), ...plan.lines];
  if (plan.isBilledNow && pending.length > 0) {
    const now = ctx.nowSeconds();
    return buildUpcoming(
      ctx,
      before,
      pending,
      { start: now, end: now },
      params.proration_date ?? now,
    );
  }
  const used = usageLines(ctx, before, plan.items);
  const lines = [
    ...pending,
    ...used,
    ...(cancelsAtPeriodEnd ? [] : nextLines(ctx, plan.items, plan.anchorSeconds)),
  ];
  if (lines.length === used.length && used.every((line) => line.amount === 0))
    throw noUpcomingInvoice(before.customer);
  return buildUpcoming(
    ctx,
    before,
    lines,
    currentPeriod(before),
    plan.lines.length === 0 ? undefined : (params.proration_date ?? ctx.nowSeconds()),
  );
}

function previewNew(
  ctx: Context,
  customerId: string,
  details: NonNullable<Params["subscription_details"]>,
): Invoice {
  const now = ctx.nowSeconds();
  const [first, ...rest] = readItems(
    ctx,
    (details.items ?? []).map(({ metadata, price, price_data, quantity }) => ({
      metadata,
      price,
      price_data,
      quantity,
    })),
  );
  const period = periodAt(now, recurringOf(first.price), now);
  const id = newId("sub", 23, "1");
  const items = [first, ...rest].map((wanted) => buildItem(ctx, id, wanted, period));
  const tax: Subscription["automatic_tax"] = {
    disabled_reason: null,
    enabled: false,
    liability: null,
  };
  const billed: Billed = {
    id,
    customer: customerId,
    currency: first.price.currency,
    metadata: {},
    automatic_tax: tax,
  };
  return buildUpcoming(
    ctx,
    billed,
    items
      .filter((item) => !isMetered(item.price))
      .map((item) => periodLine(ctx, item, period, false)),
    { start: now, end: now },
  );
}

/**
 * Previews the invoice of a change of a subscription, of its next renewal, or of a new one. Nothing
 * is changed.
 * @throws {ApiError} 404 `invoice_upcoming_none` if there would be no invoice
 */
export function previewInvoice(ctx: Context, params: Params): Invoice {
  const { subscription: id, subscription_details: details = {} } = params;
  if (id === undefined) {
    if (params.customer === undefined)
      throw invalid("You must specify either `customer` or `subscription`.", "customer");
    return previewNew(ctx, requireCustomer(ctx, params.customer, "customer").id, details);
  }
  const before = ctx.store.subscriptions.get(id);
  if (
    before === undefined ||
    (params.customer !== undefined && params.customer !== before.customer)
  ) {
    throw missing("subscription", id, "subscription");
  }
  if (["canceled", "incomplete", "incomplete_expired"].includes(before.status))
    throw noUpcomingInvoice(before.customer);
  return previewChange(ctx, before, details);
}
