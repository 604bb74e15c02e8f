import { minorUnitDigits } from "../units.ts";
import type { PlanData, PriceData } from "./plan-data.ts";
import type { PlanProblem } from "./plan-rules.ts";

/**
 * The fields of a request that set a plan's prices: the list, or the first price alone (`price`, a
 * decimal, and `stripeKey`).
 */
interface PriceListParams {
  readonly prices?: readonly PriceData[] | undefined;
  readonly price?: number | null | undefined;
  readonly stripeKey?: string | null | undefined;
}

type PriceListResult =
  | { readonly prices: readonly PriceData[] }
  | { readonly problem: PlanProblem };

const problem = (path: string, message: string): PriceListResult => ({
  problem: { path: [path], message },
});

/**
 * Resolves a request into the plan's list of prices. A `price` without a list changes the amount of
 * the first price; a plan without prices gets one in US dollars, monthly for a subscription. Beside
 * a list, `price` and `stripeKey` have to agree with it: no edit is dropped silently.
 * @param current the plan's prices before the request
 */
export function resolvePriceList(
  kind: PlanData["kind"],
  requested: PriceListParams,
  current: readonly PriceData[],
): PriceListResult {
  const { prices = current, price = null, stripeKey = null } = requested;
  const [first, ...others] = prices;
  const costsNothing = kind === "free" && first === undefined && price === 0;
  if (costsNothing || (price === null && stripeKey === null)) return { prices };
  if (first === undefined && price === null)
    return problem("stripeKey", "the plan has no price for it: send prices too");

  const { currency, interval } = first ?? {
    currency: "usd",
    interval: kind === "subscription" ? "month" : null,
  };
  const { overageAmountMinor = null, meteredStripePriceId = null } = first ?? {};
  const amountMinor = price === null ? first?.amountMinor : toMinor(price, currency);
  if (amountMinor === undefined) return problem("price", `must be a payable amount in ${currency}`);

  const isNew = amountMinor !== first?.amountMinor;
  if (requested.prices !== undefined && isNew)
    return problem(
      "price",
      "must equal the amount of the first of prices: change it there, or leave price out",
    );
  const stripePriceId = isNew ? null : first.stripePriceId;
  if (
    requested.prices !== undefined &&
    stripeKey !== null &&
    stripePriceId !== null &&
    stripeKey !== stripePriceId
  )
    return problem(
      "stripeKey",
      "must equal the stripePriceId of the first of prices: change it there, or leave " +
        "stripeKey out",
    );
  const overage = { overageAmountMinor, meteredStripePriceId: isNew ? null : meteredStripePriceId };
  return {
    prices: [
      { currency, interval, amountMinor, stripePriceId: stripeKey ?? stripePriceId, ...overage },
      ...others,
    ],
  };
}

/**
 * Converts a decimal amount to minor units. Undefined when it has more decimals than the currency,
 * or cannot be charged.
 */
function toMinor(price: number, currency: string): number | undefined {
  const scale = 10 ** minorUnitDigits(currency);
  const amountMinor = Math.round(price * scale);
  return amountMinor / scale === price && amountMinor >= 1 && amountMinor <= 99_999_999
    ? amountMinor
    : undefined;
}
