import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { SECOND_MS } from "../../time.ts";
import { findCustomerId } from "./customer.ts";
import { callStripe } from "./stripe.ts";
import { promotionCodeFailure } from "./stripe-failure.ts";
import { idOf } from "./values.ts";

/** The number of codes with the same text that are looked at. */
const CODES_MAX = 100;

/** A discount as Stripe takes it. */
export interface Discount {
  readonly promotion_code: string;
}

/** Returns why a code is no longer active: Stripe ends one that expired or is used up. */
function whyInactive(
  { expires_at: expiresAt, max_redemptions: max, times_redeemed: times }: Stripe.PromotionCode,
  nowMs: number,
): string {
  if (expiresAt !== null && expiresAt * SECOND_MS <= nowMs) return "this code has expired";
  if (max !== null && times >= max) return "this code has been fully redeemed";
  return "this code can no longer be used";
}

const isFor = (owner: string | null | undefined) => (one: Stripe.PromotionCode) =>
  owner !== undefined && (one.customer === null ? null : idOf(one.customer)) === owner;

const refuse = (reason: string) => ({ ok: false, failure: promotionCodeFailure(reason) }) as const;

/**
 * Looks up the promotion code that a person typed, in any case, with its coupon, and prefers an
 * active one. Several may have the same text, each for another customer: the user's own comes
 * before everyone's.
 * @returns `invalid_request` naming the field, and why the code cannot be used
 */
export async function findPromotionCode(
  { db, config, nowMs }: Context,
  userId: string,
  promotionCode: string,
): Promise<Result<Stripe.PromotionCode>> {
  const code = promotionCode.trim();
  const expand = ["data.promotion.coupon"];
  const [found, customer] = await Promise.all([
    callStripe(config, (stripe) => stripe.promotionCodes.list({ code, limit: CODES_MAX, expand })),
    findCustomerId(db, userId),
  ]);
  if (!found.ok) return found;
  const codes = found.value.data;
  const active = codes.filter((one) => one.active);
  const match =
    active.find(isFor(customer)) ??
    active.find(isFor(null)) ??
    active[0] ??
    codes.find(isFor(customer)) ??
    codes.find(isFor(null));
  if (match === undefined) return refuse("this code doesn't exist");
  return match.active ? ok(match) : refuse(whyInactive(match, nowMs));
}

/**
 * Returns the discount of the promotion code that a person typed. Stripe decides whether it fits
 * the purchase and the buyer when the page is made (`toStripeFailure`).
 * @returns one discount, or none when no code was typed; else the failures of `findPromotionCode`
 */
export async function fetchDiscounts(
  ctx: Context,
  userId: string,
  promotionCode: string | undefined,
): Promise<Result<Discount[]>> {
  if (promotionCode === undefined) return ok([]);
  const found = await findPromotionCode(ctx, userId, promotionCode);
  return found.ok ? ok([{ promotion_code: found.value.id }]) : found;
}
