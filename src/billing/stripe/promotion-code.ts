import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { callStripe } from "./stripe.ts";

/** A discount as Stripe takes it. */
export interface Discount {
  readonly promotion_code: string;
}

/**
 * Looks up the promotion code that a person typed, in any case, among the active ones. Stripe
 * decides whether it fits the purchase and the buyer when the page is made (`toStripeFailure`).
 * @returns one discount, or none when no code was typed; `invalid_request` naming the field
 */
export async function fetchDiscounts(
  config: Config,
  promotionCode: string | undefined,
): Promise<Result<Discount[]>> {
  if (promotionCode === undefined) return ok([]);
  const code = promotionCode.trim();
  const found = await callStripe(config, (stripe) =>
    stripe.promotionCodes.list({ code, active: true, limit: 1 }),
  );
  if (!found.ok) return found;
  const [match] = found.value.data;
  if (match === undefined) {
    const message = "promotionCode: there is no such code, or it can no longer be used.";
    return fail("invalid_request", message, { param: "promotionCode" });
  }
  return ok([{ promotion_code: match.id }]);
}
