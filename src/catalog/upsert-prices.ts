import { and, eq, ne, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { newId } from "../ids.ts";
import { notInList } from "../in-list.ts";
import type { PriceData } from "./plan-data.ts";
import type { Statement } from "./statement.ts";
import { plans, prices } from "./tables.ts";

/**
 * Returns the SQL of the state that was last seen at Stripe: as stored, or null once the row is
 * linked to another object there.
 */
export const seenUnlessRelinked = (
  column: SQLWrapper,
  stripeId: string | null,
  seen: SQLWrapper,
): SQL => sql`case when ${column} is ${stripeId} then ${seen} end`;

/** Returns the key that names a price by its terms: `starter_usd_once_999`. */
export const toLookupKey = (
  slug: string,
  { currency, interval, amountMinor }: Pick<PriceData, "currency" | "interval" | "amountMinor">,
): string => `${slug}_${currency}_${interval ?? "once"}_${amountMinor}`;

/**
 * Returns the statements that make a plan's price list the given one. A price in it keeps its id
 * and its Stripe price; with another Stripe price given it is another price, and the old one stays
 * for its subscribers. A price that is not in it becomes inactive. The statements run after the
 * plan's own, in the same batch.
 */
export function upsertPrices<R>(
  db: BaseSQLiteDatabase<"async", R>,
  slug: string,
  list: readonly PriceData[],
  nowMs: number,
): Statement[] {
  const planId = sql<string>`(select ${plans.id} from ${plans} where ${plans.slug} = ${slug})`;
  const keptKeys = list.map((price) => toLookupKey(slug, price));
  // The first statement: an index allows one active price for each currency and interval.
  const retire = db
    .update(prices)
    .set({ isActive: false })
    .where(
      and(
        eq(prices.planId, planId),
        eq(prices.isActive, true),
        notInList(prices.lookupKey, keptKeys),
      ),
    );
  const relinked = list.flatMap((price) => {
    const { stripePriceId } = price;
    if (stripePriceId === null) return [];
    const lookupKey = toLookupKey(slug, price);
    const isOtherStripePrice = and(
      eq(prices.lookupKey, lookupKey),
      ne(prices.stripePriceId, stripePriceId),
    );
    const retiredKey = sql`${prices.lookupKey} || '#' || ${prices.stripePriceId}`;
    return [
      db.update(prices).set({ isActive: false, lookupKey: retiredKey }).where(isOtherStripePrice),
      // A price that was retired in this way before is active again.
      db
        .update(prices)
        .set({ lookupKey })
        .where(eq(prices.lookupKey, `${lookupKey}#${stripePriceId}`)),
    ];
  });
  const upserts = list.map((price, sortOrder) => {
    const {
      currency,
      interval,
      amountMinor,
      stripePriceId,
      overageAmountMinor,
      meteredStripePriceId,
    } = price;
    const overage = { overageAmountMinor, meteredStripePriceId };
    const identity = { id: newId("prc", nowMs), planId, lookupKey: toLookupKey(slug, price) };
    return db
      .insert(prices)
      .values({
        ...identity,
        currency,
        interval,
        amountMinor,
        stripePriceId,
        ...overage,
        isActive: true,
        sortOrder,
      })
      .onConflictDoUpdate({
        target: prices.lookupKey,
        set: {
          isActive: true,
          sortOrder,
          overageAmountMinor,
          // A metered price has one amount: another amount has no metered price yet.
          meteredStripePriceId:
            meteredStripePriceId ??
            sql`case when ${prices.overageAmountMinor} is ${overageAmountMinor}
              then ${prices.meteredStripePriceId} end`,
          ...(stripePriceId === null
            ? {}
            : {
                stripePriceId,
                stripeActive: seenUnlessRelinked(
                  prices.stripePriceId,
                  stripePriceId,
                  prices.stripeActive,
                ),
              }),
        },
      });
  });
  return [retire, ...relinked, ...upserts];
}
