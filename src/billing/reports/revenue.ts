import { and, count, eq, gte, inArray, isNotNull, lt, ne, sql, sum } from "drizzle-orm";
import { listPricesById } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { orders, subscriptionInvoices, subscriptions } from "../tables.ts";
import { monthlyMinor } from "./monthly-amount.ts";
import type { TimeRange } from "./time-range.ts";

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

const utcDay = (column: typeof orders.paidAt | typeof subscriptionInvoices.paidAt) =>
  sql<string>`date(${column} / 1000, 'unixepoch')`;

/** Sums up orders. A subscription's money is that of its invoices, the first one included. */
const sumOrders = (db: Database, { fromMs, toMs }: TimeRange) =>
  db
    .select({
      day: utcDay(orders.paidAt),
      currency: orders.currency,
      sales: count(),
      salesMinor: sum(orders.paidMinor).mapWith(Number),
      refundedMinor: sum(orders.refundedMinor).mapWith(Number),
    })
    .from(orders)
    .where(
      and(
        gte(orders.paidAt, fromMs),
        lt(orders.paidAt, toMs),
        isNotNull(orders.paidMinor),
        ne(orders.kind, "subscription"),
      ),
    )
    .groupBy(utcDay(orders.paidAt), orders.currency);

/** Sums up the paid invoices of subscriptions. */
const sumInvoices = (db: Database, { fromMs, toMs }: TimeRange) =>
  db
    .select({
      day: utcDay(subscriptionInvoices.paidAt),
      currency: subscriptionInvoices.currency,
      sales: count(),
      salesMinor: sum(subscriptionInvoices.paidMinor).mapWith(Number),
      refundedMinor: sum(subscriptionInvoices.refundedMinor).mapWith(Number),
    })
    .from(subscriptionInvoices)
    .where(
      and(
        gte(subscriptionInvoices.paidAt, fromMs),
        lt(subscriptionInvoices.paidAt, toMs),
        eq(subscriptionInvoices.status, "paid"),
        // An invoice of a trial, or one that a credit balance paid, brought no money.
        ne(subscriptionInvoices.paidMinor, 0),
      ),
    )
    .groupBy(utcDay(subscriptionInvoices.paidAt), subscriptionInvoices.currency);

/** Lists sales by day and currency, oldest first. */
export async function listDailySales(db: Database, range: TimeRange): Promise<DailySales[]> {
  const rows = [...(await sumOrders(db, range)), ...(await sumInvoices(db, range))];
  const groups = Map.groupBy(rows, ({ day, currency }) => `${day} ${currency}`);
  return [...groups.values()]
    .map((group) =>
      group.reduce((a, b) => ({
        ...a,
        sales: a.sales + b.sales,
        salesMinor: a.salesMinor + b.salesMinor,
        refundedMinor: a.refundedMinor + b.refundedMinor,
      })),
    )
    .toSorted((a, b) => (`${a.day} ${a.currency}` < `${b.day} ${b.currency}` ? -1 : 1));
}

/**
 * Lists the monthly revenue by currency: of the subscriptions that are active, or whose payment is
 * being retried. Trials bring nothing yet.
 */
export async function listRecurringRevenue(db: Database): Promise<RecurringRevenue[]> {
  const groups = await db
    .select({
      priceId: subscriptions.priceId,
      currency: subscriptions.currency,
      subscriptions: count(),
      quantity: sum(subscriptions.quantity).mapWith(Number),
    })
    .from(subscriptions)
    .where(inArray(subscriptions.status, ["active", "past_due"]))
    .groupBy(subscriptions.priceId, subscriptions.currency);
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
