import { eq, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import { plans, prices } from "./tables.ts";

/** What one of Stripe's prices sells here, whether or not it is still sold. */
export interface SoldPrice {
  readonly stripePriceId: string;
  readonly priceId: string;
  readonly planId: string;
  readonly planName: string;
  readonly currency: string;
  readonly amountMinor: number;
  /** What a payment of `amountMinor` gives. */
  readonly creditsMicrocredits: number;
  /**
   * Stripe's price for usage past the plan's allowance, which a subscription has beside this one.
   */
  readonly meteredStripePriceId: string | null;
}

/** What these prices of Stripe's sell. One that sells nothing here is not in the answer. */
export async function listSoldPrices(
  db: Database,
  stripePriceIds: readonly string[],
): Promise<SoldPrice[]> {
  // One parameter however many there are: D1 takes at most 100.
  const ids = JSON.stringify(stripePriceIds);
  const found = await db
    .select({
      price: prices,
      plan: { name: plans.name, creditsMicrocredits: plans.creditsMicrocredits },
    })
    .from(prices)
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(sql`${prices.stripePriceId} in (select value from json_each(${ids}))`);
  return found.flatMap(
    ({
      price: { id, stripePriceId, planId, currency, amountMinor, meteredStripePriceId },
      plan,
    }) =>
      stripePriceId === null
        ? []
        : [
            {
              stripePriceId,
              priceId: id,
              planId,
              planName: plan.name,
              currency,
              amountMinor,
              creditsMicrocredits: plan.creditsMicrocredits,
              meteredStripePriceId,
            },
          ],
  );
}
