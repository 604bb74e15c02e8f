import { listPricesById } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import { isLive, type Subscription } from "../subscriptions/store.ts";
import { subscriptions } from "../tables.ts";
import { monthlyMinor } from "./monthly-amount.ts";

/** A user's monthly payment, by the list price of a subscription. Trials pay nothing yet. */
export interface PayingSubscription {
  readonly planId: string;
  readonly status: Subscription["status"];
  readonly monthlyMinor: number;
  readonly currency: string;
}

const EARNING_STATUSES: ReadonlySet<string> = new Set(["active", "past_due"]);

/** Finds the newest live subscription of each of some users, with what it brings in a month. */
export async function findPayingSubscriptions(
  db: Database,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, PayingSubscription>> {
  const all = await db.select().from(subscriptions).where(inList(subscriptions.userId, userIds));
  const rows = all.filter(isLive).toSorted((a, b) => a.createdAt - b.createdAt);
  const prices = await listPricesById(
    db,
    rows.map((row) => row.priceId),
  );
  const priceById = new Map(prices.map((price) => [price.id, price]));
  const newestLast = rows.map((row): [string, PayingSubscription] => {
    const price = priceById.get(row.priceId);
    const isEarning = price !== undefined && EARNING_STATUSES.has(row.status);
    return [
      row.userId,
      {
        planId: row.planId,
        status: row.status,
        monthlyMinor: isEarning ? Math.round(monthlyMinor(price) * row.quantity) : 0,
        currency: row.currency,
      },
    ];
  });
  return new Map(newestLast);
}
