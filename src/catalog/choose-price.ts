import { fail, ok, type Result } from "../errors.ts";
import type { Interval } from "../time.ts";
import type { PricedPlan } from "./store.ts";
import type { Price } from "./tables.ts";

/**
 * The currency and interval that a buyer asks for. One that is left out is the first price's, if
 * the plan has such a price.
 */
export interface PriceParams {
  readonly currency?: string | undefined;
  readonly interval?: Interval | undefined;
}

const joinUnique = (values: readonly string[]): string => [...new Set(values)].join(", ");

/**
 * Chooses the price that a buyer pays.
 * @returns `invalid_request` that names the field that does not fit, and the values that would
 */
export function choosePrice(plan: PricedPlan, requested: PriceParams): Result<Price> {
  if (!plan.isActive)
    return fail("invalid_request", `${plan.name} is no longer on sale.`, { param: "planId" });
  const [first] = plan.prices;
  if (first === undefined)
    return fail("invalid_request", `${plan.name} doesn't have a price.`, { param: "planId" });

  const { interval } = requested;
  const byInterval =
    interval === undefined
      ? plan.prices
      : plan.prices.filter((price) => price.interval === interval);
  if (byInterval.length === 0) {
    const sold = joinUnique(plan.prices.map((price) => price.interval ?? "once"));
    return fail(
      "invalid_request",
      `${plan.name} isn't billed by the ${interval}. Choose one of: ${sold}.`,
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
      `${plan.name} isn't sold in ${currency}. Choose one of: ${sold}.`,
      { param: "currency" },
    );
  }
  return ok(chosen);
}
