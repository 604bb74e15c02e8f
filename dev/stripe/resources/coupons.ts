import { z } from "zod";
import type { Context } from "../context.ts";
import { expireSpentCodes } from "../discounts/apply.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { randomText } from "../ids.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { created, currency, int, list, metadata, paging, percent, text } from "../params.ts";
import type { Coupon } from "../wire.ts";
import { findProduct } from "./products.ts";

const options = z.record(currency, z.strictObject({ amount_off: int(1) }));

const createParams = z.strictObject({
  amount_off: int(1).optional(),
  applies_to: z.strictObject({ products: list(text()) }).optional(),
  currency: currency.optional(),
  currency_options: options.optional(),
  duration: z.enum(["forever", "once", "repeating"]).default("once"),
  duration_in_months: int(1).optional(),
  id: text(500).optional(),
  max_redemptions: int(1).optional(),
  metadata: metadata.optional(),
  name: text(40).optional(),
  percent_off: percent.optional(),
  redeem_by: int().optional(),
});

function createCoupon(ctx: Context, params: z.output<typeof createParams>): Coupon {
  const { amount_off, percent_off, duration } = params;
  if ((amount_off === undefined) === (percent_off === undefined)) {
    throw invalid(
      "You must pass exactly one of these parameters: percent_off, amount_off.",
      "percent_off",
    );
  }
  if (amount_off !== undefined && params.currency === undefined) {
    throw invalid(
      "You must pass currency when passing amount_off.",
      "currency",
      "parameter_missing",
    );
  }
  if ((duration === "repeating") !== (params.duration_in_months !== undefined)) {
    throw invalid(
      "`duration_in_months` goes with a `duration` of `repeating`, and only with it.",
      "duration_in_months",
    );
  }
  if (params.redeem_by !== undefined && params.redeem_by <= ctx.nowSeconds()) {
    throw invalid("`redeem_by` must be in the future.", "redeem_by");
  }
  const id = params.id ?? randomText(8);
  if (ctx.store.coupons.get(id) !== undefined)
    throw invalid("Coupon already exists.", "id", "resource_already_exists");
  for (const product of params.applies_to?.products ?? [])
    findProduct(ctx, product, "applies_to[products]");
  const coupon = ctx.store.coupons.put({
    id,
    object: "coupon",
    amount_off: amount_off ?? null,
    ...(params.applies_to === undefined ? {} : { applies_to: params.applies_to }),
    created: ctx.nowSeconds(),
    currency: amount_off === undefined ? null : (params.currency ?? null),
    ...(params.currency_options === undefined ? {} : { currency_options: params.currency_options }),
    duration,
    duration_in_months: params.duration_in_months ?? null,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    percent_off: percent_off ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  });
  emit(ctx, "coupon.created", coupon);
  return coupon;
}

/**
 * Finds a coupon by its id.
 * @throws {ApiError} `resource_missing`
 */
export function findCoupon(ctx: Context, id: string, param?: string): Coupon {
  const coupon = ctx.store.coupons.get(id);
  if (coupon === undefined) throw missing("coupon", id, param);
  return coupon;
}

export const coupons = [
  endpoint({
    method: "post",
    path: "/v1/coupons",
    params: createParams,
    returns: "coupon",
    run: ({ ctx, params }) => createCoupon(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/coupons",
    params: z.strictObject({ ...paging, created: created.optional() }),
    returns: { list: "coupon" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.coupons
        .newestFirst()
        .filter((row) => isWithin(row.created, params.created));
      return paginate(wanted, params, "coupon", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/coupons/:id",
    params: z.strictObject({}),
    returns: "coupon",
    run: ({ ctx, id }) => findCoupon(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/coupons/:id",
    params: z.strictObject({
      currency_options: options.optional(),
      metadata: metadata.optional(),
      name: text(40).optional(),
    }),
    returns: "coupon",
    run({ ctx, params, id }) {
      const before = findCoupon(ctx, id);
      const after: Coupon = {
        ...before,
        ...(params.currency_options === undefined
          ? {}
          : { currency_options: { ...before.currency_options, ...params.currency_options } }),
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
        name: params.name ?? before.name,
      };
      const previous = previousAttributes(before, after);
      if (previous === undefined) return before;
      emit(ctx, "coupon.updated", after, previous);
      return ctx.store.coupons.put(after);
    },
  }),
  endpoint({
    method: "delete",
    path: "/v1/coupons/:id",
    params: z.strictObject({}),
    returns: "coupon",
    run({ ctx, id }) {
      emit(ctx, "coupon.deleted", findCoupon(ctx, id));
      ctx.store.coupons.remove(id);
      expireSpentCodes(ctx);
      return { id, object: "coupon", deleted: true };
    },
  }),
];
