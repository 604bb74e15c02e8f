import type Stripe from "stripe";
import type { PricedPlan } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import type { Result } from "../../errors.ts";
import type { CatalogChange } from "./wire.ts";

/** The state of one push, with its changes so far. Meters and products are listed once at most. */
export interface PushContext {
  readonly config: Config;
  readonly db: Database;
  readonly changes: CatalogChange[];
  readonly meters: () => Promise<Result<readonly Stripe.Billing.Meter[]>>;
  readonly products: () => Promise<Result<readonly Stripe.Product[]>>;
}

/** A plan and its product at Stripe. */
export interface PlanProduct {
  readonly plan: PricedPlan;
  readonly product: Stripe.Product;
  /** All prices of the product. */
  readonly stripePrices: readonly Stripe.Price[];
}
