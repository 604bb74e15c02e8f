import { fail, ok, type Result } from "../errors.ts";
import type { PricedPlan } from "./store.ts";
import type { Interval, Price } from "./tables.ts";

/**
 * What a buyer asks for. What is not asked for is as in the plan's first price, wherever there is
 * such a price.
 */
export interface PriceParams {
  readonly currency?: string | undefined;
  readonly interval?: Interval | undefined;
}

const joinUnique = (values: readonly string[]): string => [...new Set(values)].join(", ");

/**
 * Chooses the price that a buyer pays, among those that fit what was asked for.
 * @returns `invalid_request` naming what does not fit and what would
 */
export function choosePrice(plan: PricedPlan, requested: PriceParams): Result<Price> {
  if (!plan.isActive)
    return fail("invalid_request", `${plan.name} is no longer sold.`, { param: "planId" });
  const [first] = plan.prices;
  if (first === undefined)
    return fail("invalid_request", `${plan.name} has no price to pay.`, { param: "planId" });

  const { interval } = requested;
  const byInterval =
    interval === undefined
      ? plan.prices
      : plan.prices.filter((price) => price.interval === interval);
  if (byInterval.length === 0) {
    const sold = joinUnique(plan.prices.map((price) => price.interval ?? "once"));
    return fail(
      "invalid_request",
      `${plan.name} is not paid by the ${interval}. It is paid: ${sold}.`,
      { param: "interval" },
    );
  }

  const currency = requested.currency?.toLowerCase();
  const fitting =
    currency === undefined ? byInterval : byInterval.filter((price) => price.currency === currency);
  const similarityToFirst = (price: Price) =>
    (price.currency === first.currency ? 2 : 0) + (price.interval === first.interval ? 1 : 0);
  const [chosen] = fitting.toSorted((a, b) => similarityToFirst(b) - similarityToFirst(a));
  if (chosen === undefined) {
    const sold = joinUnique(byInterval.map((price) => price.currency));
    return fail(
      "invalid_request",
      `${plan.name} is not sold in ${currency}. It is sold in: ${sold}.`,
      { param: "currency" },
    );
  }
  return ok(chosen);
}
