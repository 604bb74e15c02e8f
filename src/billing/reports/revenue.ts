import { and, asc, gte, lte, ne } from "drizzle-orm";
import { listPricesById } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { dailySales, subscriptionTotals } from "../tables.ts";
import type { DateRange } from "./date-range.ts";
import { monthlyMinor } from "./monthly-amount.ts";

/**
 * The money that came on a UTC day, and the part of that money that has gone back since, in the
 * currency's minor unit.
 */
export interface DailySales {
  readonly day: string;
  readonly currency: string;
  readonly sales: number;
  readonly salesMinor: number;
  readonly refundedMinor: number;
}

/** The monthly revenue of the subscriptions that are paid for, by their list prices. */
export interface RecurringRevenue {
  readonly currency: string;
  readonly subscriptions: number;
  readonly monthlyMinor: number;
}

/**
 * Lists sales by day and currency, oldest first. A subscription's money is that of its invoices,
 * the first one included.
 */
export const listDailySales = (db: Database, { from, to }: DateRange): Promise<DailySales[]> =>
  db
    .select()
    .from(dailySales)
    .where(and(gte(dailySales.day, from), lte(dailySales.day, to), ne(dailySales.sales, 0)))
    .orderBy(asc(dailySales.day), asc(dailySales.currency));

/**
 * Lists the monthly revenue by currency: of the subscriptions that are active, or whose payment is
 * being retried. Trials bring nothing yet.
 */
export async function listRecurringRevenue(db: Database): Promise<RecurringRevenue[]> {
  const groups = await db
    .select()
    .from(subscriptionTotals)
    .where(ne(subscriptionTotals.subscriptions, 0));
  const priceIds = groups.map((group) => group.priceId);
  const prices = new Map((await listPricesById(db, priceIds)).map((price) => [price.id, price]));
  const monthlyMinorOf = ({ priceId, quantity }: (typeof groups)[number]): number => {
    const price = prices.get(priceId);
    return price === undefined ? 0 : monthlyMinor(price) * quantity;
  };
  return [...Map.groupBy(groups, (group) => group.currency)]
    .map(([currency, sameCurrency]) => ({
      currency,
      subscriptions: sameCurrency.reduce((total, group) => total + group.subscriptions, 0),
      monthlyMinor: Math.round(
        sameCurrency.reduce((total, group) => total + monthlyMinorOf(group), 0),
      ),
    }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}
