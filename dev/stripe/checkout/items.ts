import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import { mergeMetadata } from "../metadata.ts";
import { currency, int, list, metadata, taxBehavior, text } from "../params.ts";
import { createPrice, findPrice } from "../resources/prices.ts";
import { findProduct, productData } from "../resources/products.ts";
import type { LineItem, Price } from "../wire.ts";

const item = z.strictObject({
  metadata: metadata.optional(),
  price: text().optional(),
  price_data: z
    .strictObject({
      currency,
      product: text().optional(),
      product_data: z.strictObject(productData).optional(),
      tax_behavior: taxBehavior.optional(),
      unit_amount: int(0, 99_999_999),
    })
    .optional(),
  quantity: int(1, 999_999).optional(),
});

/** What `line_items` takes. */
export const lineItems = list(item);

function priceOf(ctx: Context, given: z.output<typeof item>, param: string): Price {
  const { price: id, price_data: data } = given;
  if ((id === undefined) === (data === undefined)) {
    const message =
      id === undefined
        ? "You must specify either `price` or `price_data`."
        : "You may only specify one of these parameters: price, price_data.";
    throw invalid(message, id === undefined ? `${param}[price]` : param);
  }
  if (data !== undefined) return createPrice(ctx, { ...data, active: false, product_data: inline(data.product_data) });
  const price = findPrice(ctx, id ?? "", `${param}[price]`);
  if (!price.active) throw invalid("The price specified is inactive. This field only accepts active prices.", `${param}[price]`);
  if (price.type === "recurring") {
    throw invalid(
      "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      `${param}[price]`,
    );
  }
  return price;
}

const inline = (data: z.output<z.ZodObject<typeof productData>> | undefined) =>
  data === undefined ? undefined : { ...data, active: false };

/** A price in the currency of the session, which it may have besides its own. */
function inCurrency(price: Price, wanted: string | undefined, param: string): { currency: string; unitAmountMinor: number } {
  const code = wanted ?? price.currency;
  const unitAmountMinor = code === price.currency ? price.unit_amount : price.currency_options?.[code]?.unit_amount;
  if (unitAmountMinor === undefined || unitAmountMinor === null) {
    throw invalid(
      `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${code}\`.`,
      `${param}[price]`,
    );
  }
  return { currency: code, unitAmountMinor };
}

/**
 * Makes the items of a session out of what was asked for.
 * @param wanted the session's `currency`, where one is given; otherwise that of the first item
 * @throws {ApiError} 400 for what cannot be sold so
 */
export function buildItems(
  ctx: Context,
  given: z.output<typeof lineItems>,
  wanted: string | undefined,
): [LineItem, ...LineItem[]] {
  let code = wanted;
  const items = given.map((one, index): LineItem => {
    const param = `line_items[${index}]`;
    if (one.quantity === undefined) throw invalid(`Quantity is required. Add \`quantity\` to \`${param}\``, param);
    const price = priceOf(ctx, one, param);
    const { currency, unitAmountMinor } = inCurrency(price, code, param);
    code = currency;
    const amount = unitAmountMinor * one.quantity;
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
      metadata: mergeMetadata({}, one.metadata, `${param}[metadata]`),
      price,
      quantity: one.quantity,
    };
  });
  const [first, ...rest] = items;
  if (first === undefined) throw invalid("Missing required param: line_items.", "line_items", "parameter_missing");
  return [first, ...rest];
}
