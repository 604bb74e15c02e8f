import { listPricesById, type PricedPlan } from "../../../catalog/index.ts";
import type { Database } from "../../../db.ts";
import type { Subscription } from "../store.ts";
import type { ChangePreviewView } from "../wire.ts";

/** The terms of a subscription before a change. */
export type FormerTerms = ChangePreviewView["from"];

/** Shows the terms that a subscription has, at a price that may no longer be sold. */
export async function showFormerTerms(
  db: Database,
  { planId, priceId, quantity }: Subscription,
  plan: PricedPlan | undefined,
): Promise<FormerTerms> {
  const [price] = priceId === null ? [] : await listPricesById(db, [priceId]);
  return {
    plan: { id: planId, name: plan?.name ?? planId, names: plan?.names ?? {} },
    interval: price?.interval ?? null,
    quantity,
    amountMinor: price === undefined ? null : price.amountMinor * quantity,
  };
}
