import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { callStripe } from "./stripe.ts";

/** A discount as Stripe takes it. */
export interface Discount {
  readonly promotion_code: string;
}

/**
 * Looks the code up that a person typed, whatever its case, among those that can be used now.
 * Whether it fits what is bought, and who buys, Stripe says when the page is made
 * (`toStripeFailure`).
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
  if (match === undefined)
    return fail(
      "invalid_request",
      "promotionCode: there is no such code, or it can no longer be used.",
      {
        param: "promotionCode",
      },
    );
  return ok([{ promotion_code: match.id }]);
}
