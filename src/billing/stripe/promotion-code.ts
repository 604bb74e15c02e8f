import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { findCustomerId } from "./customer.ts";
import { callStripe } from "./stripe.ts";
import { idOf } from "./values.ts";

/** The number of codes with the same text that are looked at. */
const CODES_MAX = 100;

/** A discount as Stripe takes it. */
export interface Discount {
  readonly promotion_code: string;
}

/**
 * Looks up the promotion code that a person typed, in any case, among the active ones. Several may
 * have the same text, each for another customer: the user's own comes before everyone's. Stripe
 * decides whether it fits the purchase and the buyer when the page is made (`toStripeFailure`).
 * @returns one discount, or none when no code was typed; `invalid_request` naming the field
 */
export async function fetchDiscounts(
  { db, config }: Context,
  userId: string,
  promotionCode: string | undefined,
): Promise<Result<Discount[]>> {
  if (promotionCode === undefined) return ok([]);
  const code = promotionCode.trim();
  const [found, customer] = await Promise.all([
    callStripe(config, (stripe) =>
      stripe.promotionCodes.list({ code, active: true, limit: CODES_MAX }),
    ),
    findCustomerId(db, userId),
  ]);
  if (!found.ok) return found;
  const matches = found.value.data.map((each) => ({
    id: each.id,
    owner: each.customer === null ? null : idOf(each.customer),
  }));
  const match =
    matches.find(({ owner }) => owner !== null && owner === customer) ??
    matches.find(({ owner }) => owner === null) ??
    matches[0];
  if (match === undefined) {
    const message = "promotionCode: there is no such code, or it can no longer be used.";
    return fail("invalid_request", message, { param: "promotionCode" });
  }
  return ok([{ promotion_code: match.id }]);
}
