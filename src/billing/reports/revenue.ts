import { and, count, eq, gte, inArray, isNotNull, lt, ne, sql, sum } from "drizzle-orm";
import { listPricesById } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { orders, subscriptionInvoices, subscriptions } from "../tables.ts";
import { monthlyMinor } from "./monthly-amount.ts";

/**
 * Money that came on a UTC day, and what of that money has gone back since. In the currency's minor
 * unit.
 */
export interface DailySales {
  readonly day: string;
  readonly currency: string;
  readonly sales: number;
  readonly salesMinor: number;
  readonly refundedMinor: number;
}

/** What the subscriptions that are paid for bring in a month, by their list prices. */
export interface RecurringRevenue {
  readonly currency: string;
  readonly subscriptions: number;
  readonly monthlyMinor: number;
}

/** In ms; `toMs` is not included. */
interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const utcDay = (column: typeof orders.paidAt | typeof subscriptionInvoices.paidAt) =>
  sql<string>`date(${column} / 1000, 'unixepoch')`;

/** What was sold once. A subscription's money is that of its invoices, the first one too. */
const oneTimeSales = (db: Database, { fromMs, toMs }: TimeRange) =>
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

const invoiceSales = (db: Database, { fromMs, toMs }: TimeRange) =>
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
        // A trial's, or one that a credit balance paid, brought no money.
        ne(subscriptionInvoices.paidMinor, 0),
      ),
    )
    .groupBy(utcDay(subscriptionInvoices.paidAt), subscriptionInvoices.currency);

/** Sales by day and currency, oldest first. */
export async function salesByDay(db: Database, span: TimeRange): Promise<DailySales[]> {
  const rows = [...(await oneTimeSales(db, span)), ...(await invoiceSales(db, span))];
  const merged = Map.groupBy(rows, ({ day, currency }) => `${day} ${currency}`);
  return [...merged.values()]
    .map((same) =>
      same.reduce((a, b) => ({
        ...a,
        sales: a.sales + b.sales,
        salesMinor: a.salesMinor + b.salesMinor,
        refundedMinor: a.refundedMinor + b.refundedMinor,
      })),
    )
    .toSorted((a, b) => (`${a.day} ${a.currency}` < `${b.day} ${b.currency}` ? -1 : 1));
}

/**
 * What subscriptions bring in a month now: those that are active, or whose payment is being
 * retried. Trials bring nothing yet.
 */
export async function recurringRevenue(db: Database): Promise<RecurringRevenue[]> {
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
  const found = await listPricesById(
    db,
    groups.map((group) => group.priceId),
  );
  const prices = new Map(found.map((price) => [price.id, price]));
  const byCurrency = Map.groupBy(groups, (group) => group.currency);
  return [...byCurrency.entries()]
    .map(([currency, same]) => ({
      currency,
      subscriptions: same.reduce((total, group) => total + group.subscriptions, 0),
      monthlyMinor: Math.round(
        same.reduce((total, group) => {
          const price = prices.get(group.priceId);
          return price === undefined ? total : total + monthlyMinor(price) * group.quantity;
        }, 0),
      ),
    }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}
