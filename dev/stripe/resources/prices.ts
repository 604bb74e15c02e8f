import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { newId } from "../ids.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import {
  bool,
  created,
  currency,
  int,
  list,
  metadata,
  paging,
  taxBehavior,
  text,
  unsettable,
} from "../params.ts";
import type { Price } from "../wire.ts";
import { createProduct, findProduct, productData } from "./products.ts";

const unitAmount = int(0, 999_999_999_999);
const option = z.strictObject({ unit_amount: unitAmount, tax_behavior: taxBehavior.optional() });
const options = z.record(currency, option);
/** The interval of a price. An inline price cannot be metered. */
export const recurring = z.strictObject({
  interval: z.enum(["day", "week", "month", "year"]),
  interval_count: int(1, 1095).optional(),
});
const recurringOrMetered = recurring.extend({
  meter: text().optional(),
  usage_type: z.enum(["licensed", "metered"]).optional(),
});
const decimal = text().refine((value) => /^\d{1,12}(\.\d{1,12})?$/.test(value), "Invalid decimal.");

const createParams = z.strictObject({
  currency,
  active: bool.optional(),
  billing_scheme: z.enum(["per_unit"]).optional(),
  currency_options: options.optional(),
  lookup_key: text(200).optional(),
  metadata: metadata.optional(),
  nickname: text().optional(),
  product: text().optional(),
  product_data: z
    .strictObject({
      active: bool.optional(),
      id: text().optional(),
      metadata: productData.metadata,
      name: productData.name,
      unit_label: productData.unit_label,
    })
    .optional(),
  recurring: recurringOrMetered.optional(),
  tax_behavior: taxBehavior.optional(),
  transfer_lookup_key: bool.optional(),
  unit_amount: unitAmount.optional(),
  unit_amount_decimal: decimal.optional(),
});

/** The fields of a price. A line item of a session says more of its product than a price may. */
type PriceParams = Omit<z.output<typeof createParams>, "product_data"> & {
  readonly product_data?: Parameters<typeof createProduct>[1] | undefined;
};

const updateParams = z.strictObject({
  active: bool.optional(),
  currency_options: unsettable(options).optional(),
  lookup_key: unsettable(text(200)).optional(),
  metadata: metadata.optional(),
  nickname: unsettable(text()).optional(),
  tax_behavior: taxBehavior.optional(),
  transfer_lookup_key: bool.optional(),
});

function showOptions(given: z.output<typeof options>): NonNullable<Price["currency_options"]> {
  return Object.fromEntries(
    Object.entries(given).map(([code, { unit_amount, tax_behavior }]) => [
      code,
      {
        custom_unit_amount: null,
        tax_behavior: tax_behavior ?? "unspecified",
        unit_amount,
        unit_amount_decimal: String(unit_amount),
      },
    ]),
  );
}

/** Emits an event about a price, in its form without expanded fields. */
function emitPrice(
  ctx: Context,
  type: "price.created" | "price.updated",
  price: Price,
  previous?: object,
): void {
  const { currency_options: _, ...shown } = price;
  emit(ctx, type, shown, previous);
}

/**
 * Claims a lookup key, which belongs to one price. It is transferred on request, and refused
 * otherwise.
 */
function claimLookupKey(
  ctx: Context,
  key: string | null | undefined,
  transfer: boolean | undefined,
  claimant?: string,
): void {
  const holder = ctx.store.prices
    .oldestFirst()
    .find((price) => price.lookup_key !== null && price.lookup_key === key);
  if (holder === undefined || holder.id === claimant) return;
  if (transfer !== true)
    throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, "lookup_key");
  const after = ctx.store.prices.put({ ...holder, lookup_key: null });
  emitPrice(ctx, "price.updated", after, { lookup_key: key });
}

function resolveProduct(ctx: Context, params: PriceParams): string {
  const { product, product_data } = params;
  if (product !== undefined && product_data !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: product, product_data.",
      "product",
    );
  }
  if (product !== undefined) return findProduct(ctx, product, "product").id;
  if (product_data !== undefined) return createProduct(ctx, product_data).id;
  throw invalid(
    "You must specify either `product` or `product_data` when creating a price.",
    "product",
    "parameter_missing",
  );
}

/**
 * Reads the amount of a price: an integer, or a decimal, which has an integer amount only if it is
 * whole.
 */
function readAmount({ unit_amount, unit_amount_decimal }: PriceParams) {
  if (unit_amount !== undefined && unit_amount_decimal !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
      "unit_amount",
    );
  }
  if (unit_amount !== undefined) return { unit_amount, unit_amount_decimal: String(unit_amount) };
  if (unit_amount_decimal === undefined) {
    throw invalid(
      "You must specify either `unit_amount` or `unit_amount_decimal` when creating a price.",
      "unit_amount",
    );
  }
  const amount = Number(unit_amount_decimal);
  return { unit_amount: Number.isInteger(amount) ? amount : null, unit_amount_decimal };
}

/**
 * Returns the meter whose usage a metered price bills.
 * @throws {ApiError} 400
 */
function resolveMeter(ctx: Context, params: PriceParams): string | null {
  const { meter, usage_type } = params.recurring ?? {};
  if (usage_type !== "metered") {
    if (meter !== undefined)
      throw invalid("Only a price with `usage_type=metered` has a meter.", "recurring[meter]");
    return null;
  }
  if (meter === undefined)
    throw invalid(
      "A metered price must be backed by a meter.",
      "recurring[meter]",
      "parameter_missing",
    );
  if (ctx.store.meters.get(meter)?.status !== "active")
    throw missing("billing meter", meter, "recurring[meter]");
  return meter;
}

/** Creates a price. A line item's inline price is created by this too, archived from the start. */
export function createPrice(ctx: Context, params: PriceParams): Price {
  claimLookupKey(ctx, params.lookup_key, params.transfer_lookup_key);
  const product = resolveProduct(ctx, params);
  const amount = readAmount(params);
  const meter = resolveMeter(ctx, params);
  const tax_behavior = params.tax_behavior ?? "unspecified";
  const own = { ...amount, custom_unit_amount: null, tax_behavior };
  const price: Price = {
    id: newId("price", 23, "1"),
    object: "price",
    active: params.active ?? true,
    billing_scheme: "per_unit",
    created: ctx.nowSeconds(),
    currency: params.currency,
    currency_options: { ...showOptions(params.currency_options ?? {}), [params.currency]: own },
    custom_unit_amount: null,
    livemode: false,
    lookup_key: params.lookup_key ?? null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname ?? null,
    product,
    recurring:
      params.recurring === undefined
        ? null
        : {
            interval: params.recurring.interval,
            interval_count: params.recurring.interval_count ?? 1,
            meter,
            trial_period_days: null,
            usage_type: params.recurring.usage_type ?? "licensed",
          },
    tax_behavior,
    tiers_mode: null,
    transform_quantity: null,
    type: params.recurring === undefined ? "one_time" : "recurring",
    ...amount,
  };
  ctx.store.prices.put(price);
  emitPrice(ctx, "price.created", price);
  return price;
}

function updatePrice(ctx: Context, before: Price, params: z.output<typeof updateParams>): Price {
  const { metadata, currency_options, transfer_lookup_key, tax_behavior, ...plain } = params;
  if (
    tax_behavior !== undefined &&
    tax_behavior !== before.tax_behavior &&
    before.tax_behavior !== "unspecified"
  ) {
    throw invalid(
      "You cannot update the `tax_behavior` of a price once it is `exclusive` or `inclusive`.",
      "tax_behavior",
    );
  }
  if (params.active === false && findProduct(ctx, before.product).default_price === before.id) {
    throw invalid(
      "This price cannot be archived because it is the default price of its product.",
      "active",
    );
  }
  claimLookupKey(ctx, params.lookup_key, transfer_lookup_key, before.id);
  const set = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const own = before.currency_options?.[before.currency];
  const kept =
    currency_options === null
      ? own === undefined
        ? {}
        : { [before.currency]: own }
      : before.currency_options;
  const after: Price = {
    ...before,
    ...set,
    tax_behavior: tax_behavior ?? before.tax_behavior,
    currency_options: { ...kept, ...showOptions(currency_options ?? {}) },
    metadata: mergeMetadata(before.metadata, metadata),
  };
  const previous = previousAttributes(before, after);
  if (previous === undefined) return before;
  ctx.store.prices.put(after);
  emitPrice(ctx, "price.updated", after, previous);
  return after;
}

/**
 * Finds a price by its id.
 * @throws {ApiError} `resource_missing`
 */
export function findPrice(ctx: Context, id: string, param?: string): Price {
  const price = ctx.store.prices.get(id);
  if (price === undefined) throw missing("price", id, param);
  return price;
}

export const prices = [
  endpoint({
    method: "post",
    path: "/v1/prices",
    params: createParams,
    returns: "price",
    run: ({ ctx, params }) => createPrice(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/prices",
    params: z.strictObject({
      ...paging,
      active: bool.optional(),
      created: created.optional(),
      currency: currency.optional(),
      lookup_keys: list(text(), 10).optional(),
      product: text().optional(),
      type: z.enum(["one_time", "recurring"]).optional(),
    }),
    returns: { list: "price" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.prices
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.active === undefined || row.active === params.active) &&
            (params.currency === undefined || row.currency === params.currency) &&
            (params.lookup_keys === undefined ||
              params.lookup_keys.includes(row.lookup_key ?? "")) &&
            (params.product === undefined || row.product === params.product) &&
            (params.type === undefined || row.type === params.type),
        );
      return paginate(wanted, params, "price", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/prices/:id",
    params: z.strictObject({}),
    returns: "price",
    run: ({ ctx, id }) => findPrice(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/prices/:id",
    params: updateParams,
    returns: "price",
    run: ({ ctx, params, id }) => updatePrice(ctx, findPrice(ctx, id), params),
  }),
];
