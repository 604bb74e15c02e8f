import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, created, currency, int, metadata, paging, text } from "../params.ts";
import type { PromotionCode } from "../wire.ts";
import { findCoupon } from "./coupons.ts";
import { requireCustomer } from "./customers.ts";

const minimums = z.record(currency, z.strictObject({ minimum_amount: int(1) }));

const createParams = z.strictObject({
  active: bool.optional(),
  code: text(500)
    .refine(
      (value) => /^[A-Za-z0-9-]+$/.test(value),
      "Promotion codes can only contain letters, digits and dashes.",
    )
    .optional(),
  customer: text().optional(),
  expires_at: int().optional(),
  max_redemptions: int(1).optional(),
  metadata: metadata.optional(),
  promotion: z.strictObject({ coupon: text(), type: z.enum(["coupon"]) }),
  restrictions: z
    .strictObject({
      currency_options: minimums.optional(),
      first_time_transaction: bool.optional(),
      minimum_amount: int(1).optional(),
      minimum_amount_currency: currency.optional(),
    })
    .optional(),
});

/**
 * Checks that no other active promotion code of the same customer, or of everyone, has this text.
 * @throws {ApiError} 400
 */
function claimCode(ctx: Context, code: string, customer: string | null): void {
  const holder = ctx.store.promotionCodes
    .oldestFirst()
    .find(
      (row) =>
        row.active && row.customer === customer && row.code.toLowerCase() === code.toLowerCase(),
    );
  if (holder !== undefined)
    throw invalid(`An active promotion code with \`code: ${code}\` already exists.`, "code");
}

function createCode(ctx: Context, params: z.output<typeof createParams>): PromotionCode {
  const coupon = findCoupon(ctx, params.promotion.coupon, "promotion[coupon]");
  if (!coupon.valid)
    throw invalid(`Coupon expired: ${coupon.id}`, "promotion[coupon]", "coupon_expired");
  const { restrictions } = params;
  if (
    (restrictions?.minimum_amount === undefined) !==
    (restrictions?.minimum_amount_currency === undefined)
  ) {
    throw invalid(
      "`minimum_amount` and `minimum_amount_currency` go together.",
      "restrictions[minimum_amount]",
    );
  }
  if (params.expires_at !== undefined && params.expires_at <= ctx.nowSeconds()) {
    throw invalid("`expires_at` must be in the future.", "expires_at");
  }
  if (coupon.redeem_by !== null && (params.expires_at ?? 0) > coupon.redeem_by)
    throw invalid("`expires_at` cannot be after the coupon's `redeem_by`.", "expires_at");
  if (coupon.max_redemptions !== null && (params.max_redemptions ?? 0) > coupon.max_redemptions) {
    throw invalid(
      "`max_redemptions` cannot be greater than the coupon's `max_redemptions`.",
      "max_redemptions",
    );
  }
  const code = params.code ?? randomText(8).toUpperCase();
  claimCode(ctx, code, params.customer ?? null);
  const row = ctx.store.promotionCodes.put({
    id: newId("promo", 23, "1"),
    object: "promotion_code",
    active: params.active ?? true,
    code,
    created: ctx.nowSeconds(),
    customer:
      params.customer === undefined ? null : requireCustomer(ctx, params.customer, "customer").id,
    customer_account: null,
    expires_at: params.expires_at ?? null,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    promotion: { coupon: coupon.id, type: "coupon" },
    restrictions: {
      ...(restrictions?.currency_options === undefined
        ? {}
        : { currency_options: restrictions.currency_options }),
      first_time_transaction: restrictions?.first_time_transaction ?? false,
      minimum_amount: restrictions?.minimum_amount ?? null,
      minimum_amount_currency: restrictions?.minimum_amount_currency ?? null,
    },
    times_redeemed: 0,
  });
  emit(ctx, "promotion_code.created", row);
  return row;
}

function findCode(ctx: Context, id: string): PromotionCode {
  const code = ctx.store.promotionCodes.get(id);
  if (code === undefined) throw missing("promotion code", id);
  return code;
}

export const promotionCodes = [
  endpoint({
    method: "post",
    path: "/v1/promotion_codes",
    params: createParams,
    returns: "promotion_code",
    run: ({ ctx, params }) => createCode(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/promotion_codes",
    params: z.strictObject({
      ...paging,
      active: bool.optional(),
      code: text().optional(),
      coupon: text().optional(),
      created: created.optional(),
      customer: text().optional(),
    }),
    returns: { list: "promotion_code" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.promotionCodes
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.active === undefined || row.active === params.active) &&
            (params.code === undefined || row.code.toLowerCase() === params.code.toLowerCase()) &&
            (params.coupon === undefined || row.promotion.coupon === params.coupon) &&
            (params.customer === undefined || row.customer === params.customer),
        );
      return paginate(wanted, params, "promotion_code", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/promotion_codes/:id",
    params: z.strictObject({}),
    returns: "promotion_code",
    run: ({ ctx, id }) => findCode(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/promotion_codes/:id",
    params: z.strictObject({ active: bool.optional(), metadata: metadata.optional() }),
    returns: "promotion_code",
    run({ ctx, params, id }) {
      const before = findCode(ctx, id);
      if (params.active === true && !before.active) {
        if (!findCoupon(ctx, before.promotion.coupon ?? "", "active").valid) {
          throw invalid(
            "A promotion code whose coupon is not valid cannot be made active.",
            "active",
          );
        }
        claimCode(ctx, before.code, before.customer);
      }
      const after = {
        ...before,
        active: params.active ?? before.active,
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      };
      const previous = previousAttributes(before, after);
      if (previous === undefined) return before;
      emit(ctx, "promotion_code.updated", after, previous);
      return ctx.store.promotionCodes.put(after);
    },
  }),
];
