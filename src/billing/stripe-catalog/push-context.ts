import type Stripe from "stripe";
import type { PricedPlan } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import type { Result } from "../../errors.ts";

/** One thing that was made or changed at Stripe. */
export interface CatalogChange {
  readonly slug: string;
  readonly object: "product" | "price" | "meter";
  readonly stripeId: string;
  readonly change: "created" | "updated" | "archived";
}

/**
 * One push: whom it asks, where it writes, and what it did. Meters and products are listed once for
 * all plans.
 */
export interface PushContext {
  readonly config: Config;
  readonly db: Database;
  readonly changes: CatalogChange[];
  readonly meters: () => Promise<Result<readonly Stripe.Billing.Meter[]>>;
  readonly products: () => Promise<Result<readonly Stripe.Product[]>>;
}

/** A plan, and the product that it is. */
export interface PlanProduct {
  readonly plan: PricedPlan;
  readonly product: Stripe.Product;
  /** All prices of the product. */
  readonly stripePrices: readonly Stripe.Price[];
}
