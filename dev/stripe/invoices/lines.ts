import type { Context } from "../context.ts";
import { formatMoney, roundAmount } from "../currencies.ts";
import { newId } from "../ids.ts";
import { findProduct } from "../resources/products.ts";
import { formatDay, fractionLeft, type Period } from "../subscriptions/calendar.ts";
import type { InvoiceLine, LineItem, Price, SubscriptionItem } from "../wire.ts";

/** The priced part of a subscription item. */
type Priced = Pick<SubscriptionItem, "price" | "quantity">;

const unitAmount = (price: Price): number => price.unit_amount ?? 0;
const fullAmount = ({ price, quantity = 1 }: Priced): number => unitAmount(price) * quantity;

function makeLine(
  price: Price,
  quantity: number,
  fields: Pick<InvoiceLine, "amount" | "description" | "parent" | "period" | "subscription"> &
    Partial<InvoiceLine>,
): InvoiceLine {
  return {
    id: newId("il", 23, "1"),
    object: "line_item",
    currency: price.currency,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    pricing: {
      type: "price_details",
      price_details: { price: price.id, product: price.product },
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subtotal: fields.amount,
    taxes: [],
    ...fields,
  };
}

const buildParent = (item: SubscriptionItem, proration: boolean): InvoiceLine["parent"] => ({
  type: "subscription_item_details",
  invoice_item_details: null,
  subscription_item_details: {
    invoice_item: proration ? newId("ii", 23, "1") : null,
    proration,
    proration_details: proration ? { credited_items: null } : null,
    subscription: item.subscription,
    subscription_item: item.id,
  },
});

function formatInterval({ recurring }: Price): string {
  const { interval = "month", interval_count: count = 1 } = recurring ?? {};
  return count === 1 ? `/ ${interval}` : `every ${count} ${interval}s`;
}

/**
 * Builds the line of an item for a whole period: `2 × Pro (at $15.00 / month)`. It costs nothing in
 * a trial.
 */
export function periodLine(
  ctx: Context,
  item: SubscriptionItem,
  period: Period,
  isTrial: boolean,
): InvoiceLine {
  const { price, quantity = 1 } = item;
  const { name } = findProduct(ctx, price.product);
  const unitPrice = formatMoney(unitAmount(price), price.currency);
  return makeLine(price, quantity, {
    amount: isTrial ? 0 : fullAmount(item),
    description: isTrial
      ? `Trial period for ${name}`
      : `${quantity} × ${name} (at ${unitPrice} ${formatInterval(price)})`,
    metadata: item.metadata,
    parent: buildParent(item, false),
    period,
    subscription: item.subscription,
  });
}

/** The most digits of a unit's price beyond its currency's own. */
const UNIT_PRICE_DIGITS = 12;

/**
 * Builds the line of a metered item for its usage in a period: `120 × Tokens (at $0.005 / month)`.
 * The sum is rounded, not each unit.
 */
export function usageLine(
  ctx: Context,
  item: SubscriptionItem,
  period: Period,
  used: number,
): InvoiceLine {
  const { price } = item;
  const { name } = findProduct(ctx, price.product);
  const unitMinor = Number(price.unit_amount_decimal ?? 0);
  const unitPrice = formatMoney(unitMinor, price.currency, UNIT_PRICE_DIGITS);
  return makeLine(price, used, {
    amount: roundAmount(used * unitMinor, price.currency),
    description: `${used} × ${name} (at ${unitPrice} ${formatInterval(price)})`,
    metadata: item.metadata,
    parent: buildParent(item, false),
    period,
    subscription: item.subscription,
  });
}

/** Builds the line of a one-time item on the first invoice of a subscription. */
export function onceLine(
  soldItem: LineItem,
  subscription: string,
  atSeconds: number,
): InvoiceLine | undefined {
  const { price, quantity } = soldItem;
  if (price === null) return undefined;
  return makeLine(price, quantity ?? 1, {
    amount: soldItem.amount_subtotal,
    description: soldItem.description,
    parent: {
      type: "invoice_item_details",
      invoice_item_details: {
        invoice_item: newId("ii", 23, "1"),
        proration: false,
        proration_details: null,
        subscription,
      },
      subscription_item_details: null,
    },
    period: { start: atSeconds, end: atSeconds },
    subscription,
  });
}

/**
 * Builds the line of a proration for the rest of a period: a credit for the old price, a charge for
 * the new one.
 * @param terms.amount what the time costs, to be charged or credited
 */
function prorationLine(
  ctx: Context,
  item: SubscriptionItem,
  kind: "unused" | "remaining",
  { amount, atSeconds, end }: { amount: number; atSeconds: number; end: number },
): InvoiceLine {
  const { price, quantity = 1 } = item;
  const { name } = findProduct(ctx, price.product);
  const label = `${quantity === 1 ? "" : `${quantity} × `}${name} after ${formatDay(atSeconds)}`;
  return makeLine(price, quantity, {
    // `0 - 0` is 0, whereas `-0` does not exist in JSON.
    amount: kind === "unused" ? 0 - amount : amount,
    description: `${kind === "unused" ? "Unused" : "Remaining"} time on ${label}`,
    discountable: false,
    parent: buildParent(item, true),
    period: { start: atSeconds, end },
    subscription: item.subscription,
  });
}

/** Returns the part of an amount that is for the rest of its period, to the second. */
const restOf = (amount: number, period: Period, atSeconds: number, { currency }: Price): number =>
  roundAmount(amount * fractionLeft(period, atSeconds), currency);

/** Builds the line that credits the rest of a period at an item's price. */
export function unusedLine(
  ctx: Context,
  item: SubscriptionItem,
  period: Period,
  atSeconds: number,
): InvoiceLine {
  const amount = restOf(fullAmount(item), period, atSeconds, item.price);
  return prorationLine(ctx, item, "unused", { amount, atSeconds, end: period.end });
}

/** Builds the line that charges for the rest of a period at an item's price. */
export function remainingLine(
  ctx: Context,
  item: SubscriptionItem,
  period: Period,
  atSeconds: number,
): InvoiceLine {
  const amount = restOf(fullAmount(item), period, atSeconds, item.price);
  return prorationLine(ctx, item, "remaining", { amount, atSeconds, end: period.end });
}

/**
 * Builds the line that credits the rest of what another line charged.
 * @param item the item, as it was charged then
 */
export function creditLine(
  ctx: Context,
  item: SubscriptionItem,
  debit: InvoiceLine,
  atSeconds: number,
): InvoiceLine {
  const amount = restOf(debit.amount, debit.period, atSeconds, item.price);
  const { end } = debit.period;
  const line = prorationLine(ctx, item, "unused", { amount, atSeconds, end });
  const details = line.parent?.subscription_item_details;
  if (line.parent == null || details == null || debit.invoice === null) return line;
  const credited_items = { invoice: debit.invoice, invoice_line_items: [debit.id] };
  const named = { ...details, proration_details: { credited_items } };
  return { ...line, parent: { ...line.parent, subscription_item_details: named } };
}
