import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { newId } from "../ids.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, created, list, metadata, paging, text, unsettable, url } from "../params.ts";
import type { DeletedProduct, Product } from "../wire.ts";

const feature = z.strictObject({ name: text(80) });
const id = text(255).refine((value) => /^[\w-]+$/.test(value), "Invalid product id.");

/** The fields of a product wherever one is created, including inside a price or a line item. */
export const productData = {
  name: text(),
  description: text().optional(),
  images: list(url, 8).optional(),
  metadata: metadata.optional(),
  unit_label: text(12).optional(),
};

const createParams = z.strictObject({
  ...productData,
  id: id.optional(),
  active: bool.optional(),
  marketing_features: list(feature, 15).optional(),
  shippable: bool.optional(),
  statement_descriptor: text(22).optional(),
  url: url.optional(),
});

const updateParams = z.strictObject({
  active: bool.optional(),
  default_price: text().optional(),
  description: unsettable(text()).optional(),
  images: unsettable(list(url, 8)).optional(),
  marketing_features: unsettable(list(feature, 15)).optional(),
  metadata: metadata.optional(),
  name: text().optional(),
  shippable: bool.optional(),
  statement_descriptor: text(22).optional(),
  unit_label: unsettable(text(12)).optional(),
  url: unsettable(url).optional(),
});

/**
 * Creates a product.
 * @throws {ApiError} `resource_already_exists` if its id is taken
 */
export function createProduct(ctx: Context, params: z.output<typeof createParams>): Product {
  if (params.id !== undefined && ctx.store.products.get(params.id) !== undefined) {
    throw invalid("Product already exists.", "id", "resource_already_exists");
  }
  const now = ctx.nowSeconds();
  const product: Product = {
    id: params.id ?? newId("prod"),
    object: "product",
    active: params.active ?? true,
    created: now,
    default_price: null,
    description: params.description ?? null,
    images: params.images ?? [],
    livemode: false,
    marketing_features: params.marketing_features ?? [],
    metadata: mergeMetadata({}, params.metadata),
    name: params.name,
    package_dimensions: null,
    shippable: params.shippable ?? null,
    statement_descriptor: params.statement_descriptor ?? null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: params.unit_label ?? null,
    updated: now,
    url: params.url ?? null,
  };
  ctx.store.products.put(product);
  emit(ctx, "product.created", product);
  return product;
}

function updateProduct(
  ctx: Context,
  before: Product,
  params: z.output<typeof updateParams>,
): Product {
  const { metadata, images, marketing_features, ...plain } = params;
  if (
    plain.default_price !== undefined &&
    ctx.store.prices.get(plain.default_price)?.product !== before.id
  ) {
    throw missing("price", plain.default_price, "default_price");
  }
  const set = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const after: Product = {
    ...before,
    ...set,
    images: images === undefined ? before.images : (images ?? []),
    marketing_features:
      marketing_features === undefined ? before.marketing_features : (marketing_features ?? []),
    metadata: mergeMetadata(before.metadata, metadata),
  };
  const previous = previousAttributes(before, after);
  if (previous === undefined) return before;
  const updated = ctx.store.products.put({ ...after, updated: ctx.nowSeconds() });
  emit(ctx, "product.updated", updated, { ...previous, updated: before.updated });
  return updated;
}

/**
 * Deletes a product without prices.
 * @throws {ApiError} 400 if it has prices
 */
function deleteProduct(ctx: Context, product: Product): DeletedProduct {
  if (ctx.store.prices.oldestFirst().some((price) => price.product === product.id)) {
    throw invalid("This product cannot be deleted because it has one or more user-created prices.");
  }
  ctx.store.products.remove(product.id);
  emit(ctx, "product.deleted", product);
  return { id: product.id, object: "product", deleted: true };
}

/**
 * Finds a product by its id.
 * @throws {ApiError} `resource_missing`
 */
export function findProduct(ctx: Context, id: string, param?: string): Product {
  const product = ctx.store.products.get(id);
  if (product === undefined) throw missing("product", id, param);
  return product;
}

export const products = [
  endpoint({
    method: "post",
    path: "/v1/products",
    params: createParams,
    returns: "product",
    run: ({ ctx, params }) => createProduct(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/products",
    params: z.strictObject({
      ...paging,
      active: bool.optional(),
      created: created.optional(),
      ids: list(text()).optional(),
      shippable: bool.optional(),
      url: url.optional(),
    }),
    returns: { list: "product" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.products
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.active === undefined || row.active === params.active) &&
            (params.ids === undefined || params.ids.includes(row.id)) &&
            (params.shippable === undefined || row.shippable === params.shippable) &&
            (params.url === undefined || row.url === params.url),
        );
      return paginate(wanted, params, "product", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/products/:id",
    params: z.strictObject({}),
    returns: "product",
    run: ({ ctx, id }) => findProduct(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/products/:id",
    params: updateParams,
    returns: "product",
    run: ({ ctx, params, id }) => updateProduct(ctx, findProduct(ctx, id), params),
  }),
  endpoint({
    method: "delete",
    path: "/v1/products/:id",
    params: z.strictObject({}),
    returns: "product",
    run: ({ ctx, id }) => deleteProduct(ctx, findProduct(ctx, id)),
  }),
];
