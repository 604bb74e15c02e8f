import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { mergeMetadata } from "../metadata.ts";
import { currency, int, metadata, taxBehavior, text } from "../params.ts";
import { createPrice, findPrice, recurring } from "../resources/prices.ts";
import type { Price } from "../wire.ts";
import type { ItemParams } from "./build.ts";
import { isMetered } from "./metered.ts";

/** The parameters of a subscription item. */
export const itemParams = z.strictObject({
  metadata: metadata.optional(),
  price: text().optional(),
  price_data: z
    .strictObject({
      currency,
      product: text(),
      recurring,
      tax_behavior: taxBehavior.optional(),
      unit_amount: int(0, 99_999_999),
    })
    .optional(),
  quantity: int(0, 999_999).optional(),
});
type PriceParams = Pick<z.output<typeof itemParams>, "price" | "price_data">;

/**
 * Returns the price of an item, which has to be recurring.
 * @throws {ApiError} 400
 */
export function recurringPrice(
  ctx: Context,
  { price: id, price_data: data }: PriceParams,
  param: string,
): Price {
  if ((id === undefined) === (data === undefined)) {
    throw invalid(
      "You must specify either `price` or `price_data`, and not both.",
      `${param}[price]`,
    );
  }
  if (data !== undefined) return createPrice(ctx, { ...data, active: false });
  const price = findPrice(ctx, id ?? "", `${param}[price]`);
  if (!price.active)
    throw invalid(
      "The price specified is inactive. This field only accepts active prices.",
      `${param}[price]`,
    );
  if (price.recurring === null) {
    const message =
      "The price specified is set to `type=one_time` but this field only accepts prices with " +
      "`type=recurring`.";
    throw invalid(message, `${param}[price]`);
  }
  return price;
}

/**
 * Checks that a metered price has no quantity, because usage is counted.
 * @throws {ApiError} 400
 */
export function checkQuantity(price: Price, quantity: number | undefined, param: string): void {
  if (quantity !== undefined && isMetered(price)) {
    throw invalid(
      "Quantity should not be specified where usage_type is `metered`.",
      `${param}[quantity]`,
    );
  }
}

/**
 * Checks that all prices of a subscription have the same currency and interval, and that it has
 * each only once.
 * @throws {ApiError} 400
 */
export function checkSameBilling(prices: readonly Price[], param = "items"): void {
  const repeated = prices.find(({ id }, index) => prices.slice(0, index).some((p) => p.id === id));
  if (repeated !== undefined) {
    const message = "Cannot add multiple subscription items with the same plan";
    throw invalid(`${message}: ${repeated.id}`, param);
  }
  if (new Set(prices.map((price) => price.currency)).size > 1) {
    throw invalid("All prices on a subscription must use the same `currency`.", param);
  }
  if (
    new Set(prices.map(({ recurring }) => `${recurring?.interval_count} ${recurring?.interval}`))
      .size > 1
  ) {
    throw invalid(
      "The local Stripe bills all items of a subscription at the same interval.",
      param,
    );
  }
}

/**
 * Reads the items of a new subscription.
 * @throws {ApiError} 400
 */
export function readItems(
  ctx: Context,
  items: readonly z.output<typeof itemParams>[],
): [ItemParams, ...ItemParams[]] {
  const [first, ...rest] = items.map((item, index): ItemParams => {
    const param = `items[${index}]`;
    const price = recurringPrice(ctx, item, param);
    checkQuantity(price, item.quantity, param);
    const metadata = mergeMetadata({}, item.metadata, `${param}[metadata]`);
    return { price, quantity: item.quantity ?? 1, metadata };
  });
  if (first === undefined)
    throw invalid("Missing required param: items.", "items", "parameter_missing");
  checkSameBilling([first, ...rest].map((item) => item.price));
  return [first, ...rest];
}
