import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import { mergeMetadata } from "../metadata.ts";
import { currency, int, list, metadata, taxBehavior, text } from "../params.ts";
import { createPrice, findPrice, recurring } from "../resources/prices.ts";
import { findProduct, productData } from "../resources/products.ts";
import { checkQuantity } from "../subscriptions/items.ts";
import { isMetered } from "../subscriptions/metered.ts";
import type { LineItem, Price } from "../wire.ts";

const item = z.strictObject({
  metadata: metadata.optional(),
  price: text().optional(),
  price_data: z
    .strictObject({
      currency,
      product: text().optional(),
      product_data: z.strictObject(productData).optional(),
      recurring: recurring.optional(),
      tax_behavior: taxBehavior.optional(),
      unit_amount: int(0, 99_999_999),
    })
    .optional(),
  quantity: int(1, 999_999).optional(),
});

/** The `line_items` parameter. */
export const lineItems = list(item);

const RECURRING_IN_PAYMENT_MODE =
  "You specified `payment` mode but passed a recurring price. " +
  "Either switch to `subscription` mode or use only one-time prices.";

function resolvePrice(
  ctx: Context,
  params: z.output<typeof item>,
  param: string,
  isSubscription: boolean,
): Price {
  const { price: id, price_data: data } = params;
  if ((id === undefined) === (data === undefined)) {
    const message =
      id === undefined
        ? "You must specify either `price` or `price_data`."
        : "You may only specify one of these parameters: price, price_data.";
    throw invalid(message, id === undefined ? `${param}[price]` : param);
  }
  if (data?.recurring !== undefined && !isSubscription)
    throw invalid(RECURRING_IN_PAYMENT_MODE, `${param}[price_data][recurring]`);
  if (data !== undefined)
    return createPrice(ctx, {
      ...data,
      active: false,
      product_data: inlineProduct(data.product_data),
    });
  const price = findPrice(ctx, id ?? "", `${param}[price]`);
  if (!price.active)
    throw invalid(
      "The price specified is inactive. This field only accepts active prices.",
      `${param}[price]`,
    );
  if (price.type === "recurring" && !isSubscription)
    throw invalid(RECURRING_IN_PAYMENT_MODE, `${param}[price]`);
  return price;
}

const inlineProduct = (data: z.output<z.ZodObject<typeof productData>> | undefined) =>
  data === undefined ? undefined : { ...data, active: false };

/**
 * Returns the amount of a price in the currency of the session. A price may have several
 * currencies.
 */
function amountInCurrency(
  price: Price,
  requested: string | undefined,
  param: string,
): { currency: string; unitAmountMinor: number } {
  const code = requested ?? price.currency;
  const unitAmountMinor =
    code === price.currency ? price.unit_amount : price.currency_options?.[code]?.unit_amount;
  if (unitAmountMinor === undefined || unitAmountMinor === null) {
    throw invalid(
      `The price specified only supports \`${price.currency}\`. ` +
        `This doesn't match the expected currency: \`${code}\`.`,
      `${param}[price]`,
    );
  }
  return { currency: code, unitAmountMinor };
}

/** Checks that there is a recurring price, and that all of them have the same interval. */
function checkRecurring(items: readonly LineItem[]): void {
  const intervals = items.flatMap(({ price }) =>
    price?.recurring == null ? [] : [price.recurring],
  );
  if (intervals.length === 0) {
    throw invalid(
      "You must provide at least one recurring price in `subscription` mode when using prices.",
      "line_items",
    );
  }
  if (
    new Set(intervals.map(({ interval, interval_count: count }) => `${count} ${interval}`)).size > 1
  ) {
    throw invalid(
      "Checkout does not support multiple prices with different billing intervals.",
      "line_items",
    );
  }
}

/**
 * Builds the items of a session.
 * @param sessionCurrency the session's `currency`, if given; otherwise that of the first item
 * @param subscription given in `subscription` mode: during a trial, recurring prices are not due
 *   yet
 * @throws {ApiError} 400 for prices that cannot be sold this way
 */
export function buildItems(
  ctx: Context,
  params: z.output<typeof lineItems>,
  sessionCurrency: string | undefined,
  subscription?: { readonly isTrial: boolean },
): [LineItem, ...LineItem[]] {
  let code = sessionCurrency;
  const items = params.map((itemParams, index): LineItem => {
    const param = `line_items[${index}]`;
    const lacksQuantity = invalid(`Quantity is required. Add \`quantity\` to \`${param}\``, param);
    if (itemParams.quantity === undefined && subscription === undefined) throw lacksQuantity;
    const price = resolvePrice(ctx, itemParams, param, subscription !== undefined);
    checkQuantity(price, itemParams.quantity, param);
    if (itemParams.quantity === undefined && !isMetered(price)) throw lacksQuantity;
    // A metered price is billed afterwards, by usage.
    const { currency, unitAmountMinor } = isMetered(price)
      ? { currency: price.currency, unitAmountMinor: 0 }
      : amountInCurrency(price, code, param);
    if (code !== undefined && currency !== code) {
      throw invalid("All prices of a session must be in its currency.", `${param}[price]`);
    }
    if (subscription !== undefined && currency !== price.currency) {
      throw invalid(
        `The local Stripe bills a subscription in its prices' own currency: \`${price.currency}\`.`,
        "currency",
      );
    }
    code = currency;
    const isInTrial = subscription?.isTrial === true && price.type === "recurring";
    const amount = isInTrial ? 0 : unitAmountMinor * (itemParams.quantity ?? 0);
    return {
      id: newId("li", 23, "1"),
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency,
      description: findProduct(ctx, price.product).name,
      metadata: mergeMetadata({}, itemParams.metadata, `${param}[metadata]`),
      price,
      quantity: itemParams.quantity ?? null,
    };
  });
  if (subscription !== undefined) checkRecurring(items);
  const [first, ...rest] = items;
  if (first === undefined)
    throw invalid("Missing required param: line_items.", "line_items", "parameter_missing");
  return [first, ...rest];
}
