import { choosePrice, hasEntitlements, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Interval } from "../../time.ts";
import type { ORDER_KINDS } from "../tables.ts";

/** The choices that a buyer may make. */
export interface OrderParams {
  readonly quantity: number;
  readonly currency?: string | undefined;
  readonly interval?: Interval | undefined;
}

/** The price of a sale and what it gives, frozen into its order. */
export interface OrderTerms {
  readonly kind: (typeof ORDER_KINDS)[number];
  /** The plan or pack, or the tier of a conversation. */
  readonly planId: string | null;
  readonly title: string;
  readonly priceId: string | null;
  /** The conversation or agent that is unlocked. */
  readonly subjectId?: string | null;
  /** The seller, where it is not the operator, and their share of the price. */
  readonly sellerId?: string | null;
  readonly sellerShareMinor?: number | null;
  readonly quantity: number;
  readonly currency: string;
  readonly amountMinor: number;
  readonly creditsMicrocredits: number;
  readonly creditsExpireAfterDays: number | null;
  readonly givesPlan: boolean;
}

/** The terms of a sale, and its price as Stripe needs it. */
export interface Offer {
  readonly terms: OrderTerms;
  readonly stripePriceId: string | null;
  readonly unitAmountMinor: number;
  /** What the page says of a thing that Stripe's catalog does not have. */
  readonly description?: string;
}

const invalidRequest = (message: string, param: string) =>
  fail("invalid_request", message, { param });

/**
 * Decides whether a plan can be bought in a one-time checkout, and on which terms.
 * @param currentPlanId the plan that the buyer has now
 * @returns `invalid_request` naming the field that does not fit; `already_purchased` where paying
 *   would change nothing
 */
export function decideOffer(
  plan: PricedPlan,
  params: OrderParams,
  currentPlanId: string,
): Result<Offer> {
  if (plan.kind === "free")
    return invalidRequest(`${plan.name} is free, so there is nothing to pay.`, "planId");
  if (plan.kind === "custom")
    return invalidRequest(`${plan.name} isn't sold here. Contact the operator.`, "planId");
  if (plan.kind === "subscription")
    return invalidRequest(
      `${plan.name} is a subscription. Only one-time purchases can be bought here.`,
      "planId",
    );

  if (plan.unlocks !== null)
    return invalidRequest(
      `${plan.name} unlocks one conversation. Buy it for a conversation with POST ` +
        "/api/payments/link.",
      "planId",
    );

  const priced = choosePrice(plan, params);
  if (!priced.ok) return priced;
  const price = priced.value;

  const entitling = hasEntitlements(plan);
  if (!entitling && plan.creditsMicrocredits === 0)
    return invalidRequest(
      `${plan.name} doesn't include anything, so it can't be bought.`,
      "planId",
    );
  if (entitling && params.quantity > 1)
    return invalidRequest(`${plan.name} is a plan, so quantity must be 1.`, "quantity");
  if (entitling && plan.creditsMicrocredits === 0 && plan.id === currentPlanId)
    return fail("already_purchased", `You already have ${plan.name}.`, { param: "planId" });

  const amountMinor = price.amountMinor * params.quantity;
  const creditsMicrocredits = plan.creditsMicrocredits * params.quantity;
  if (!Number.isSafeInteger(amountMinor) || !Number.isSafeInteger(creditsMicrocredits))
    return invalidRequest("That quantity is too large for one order.", "quantity");

  return ok({
    terms: {
      kind: "plan",
      planId: plan.id,
      title: plan.name,
      priceId: price.id,
      quantity: params.quantity,
      currency: price.currency,
      amountMinor,
      creditsMicrocredits,
      creditsExpireAfterDays: plan.creditsExpireAfterDays,
      givesPlan: entitling,
    },
    stripePriceId: price.stripePriceId,
    unitAmountMinor: price.amountMinor,
  });
}
