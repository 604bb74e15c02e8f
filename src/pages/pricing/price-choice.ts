import type { PageContext } from "../context.ts";
import type { PlanView, PriceView } from "../plan-lines.ts";

/** The currency and the interval that the reader chose. */
export interface PriceChoice {
  readonly currency: string;
  readonly interval: "month" | "year";
}

/**
 * Chooses the price of a plan in the reader's currency and interval. A plan without that interval
 * shows its first price.
 */
export const choosePrice = (
  plan: PlanView,
  { currency, interval }: PriceChoice,
): PriceView | undefined => {
  const inCurrency = plan.prices.filter((price) => price.currency === currency);
  return inCurrency.find((price) => price.interval === interval) ?? inCurrency[0];
};

/** Lists the currencies of plans, in the order in which they come. */
export const listCurrencies = (plans: readonly PlanView[]): string[] => [
  ...new Set(plans.flatMap((plan) => plan.prices.map((price) => price.currency))),
];

/** Lists how much of twelve monthly payments each plan's yearly one saves, from 0 to 1. */
export const listSavings = (plans: readonly PlanView[], currency: string): number[] =>
  plans.flatMap(({ prices }) => {
    const amountOf = (interval: string) =>
      prices.find((price) => price.currency === currency && price.interval === interval)
        ?.amountMinor;
    const [monthly, yearly] = [amountOf("month"), amountOf("year")];
    return monthly === undefined || yearly === undefined ? [] : [1 - yearly / (12 * monthly)];
  });

/**
 * Reads the choice from the address.
 * @param fixedCurrency the currency of the reader's subscription, which its changes keep
 */
export function readChoice(
  c: PageContext,
  currencies: readonly string[],
  fixedCurrency: string | null,
): PriceChoice {
  const requested = c.req.query("currency") ?? fixedCurrency ?? "";
  return {
    currency: currencies.includes(requested) ? requested : (currencies[0] ?? "usd"),
    interval: c.req.query("interval") === "year" ? "year" : "month",
  };
}

/** Returns the query of the page's address, without what was chosen for all pages. */
function pricingQuery(c: PageContext): URLSearchParams {
  const { searchParams } = new URL(c.req.url);
  for (const name of ["lang", "theme"]) searchParams.delete(name);
  return searchParams;
}

/** Returns a path with the page's query, some of which is replaced or, by null, removed. */
export function withQuery(
  c: PageContext,
  path: string,
  change: Readonly<Record<string, string | null>> = {},
): string {
  const query = pricingQuery(c);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
