import { eq } from "drizzle-orm";
import type { Database } from "../db.ts";
import { inList } from "../in-list.ts";
import type { PricedPlan } from "./store.ts";
import { plans, prices } from "./tables.ts";

/** The plan and terms behind a price at Stripe, active or not. */
export interface SoldPrice {
  readonly stripePriceId: string;
  readonly priceId: string;
  readonly planId: string;
  readonly planName: string;
  readonly planNames: PricedPlan["names"];
  readonly currency: string;
  readonly amountMinor: number;
  /** The credits that a payment of `amountMinor` gives. */
  readonly creditsMicrocredits: number;
  /** Stripe's price for use past the plan's allowance, which a subscription has beside this one. */
  readonly meteredStripePriceId: string | null;
}

/** Lists the plans and terms behind prices at Stripe. A price of no plan is left out. */
export async function listSoldPrices(
  db: Database,
  stripePriceIds: readonly string[],
): Promise<SoldPrice[]> {
  const found = await db
    .select({
      price: prices,
      plan: {
        name: plans.name,
        names: plans.names,
        creditsMicrocredits: plans.creditsMicrocredits,
      },
    })
    .from(prices)
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(inList(prices.stripePriceId, stripePriceIds));
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
              planNames: plan.names,
              currency,
              amountMinor,
              creditsMicrocredits: plan.creditsMicrocredits,
              meteredStripePriceId,
            },
          ],
  );
}
