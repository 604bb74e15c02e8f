import { listSoldPrices } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import type { Database } from "../../../db.ts";
import { ok, type Result } from "../../../errors.ts";
import { importUnknownPrices } from "../../stripe-catalog/import-unknown-prices.ts";
import type { SubscriptionSnapshot } from "./fetch-snapshot.ts";
import type { SoldPrices } from "./to-rows.ts";

/** Returns the prices of a subscription and of its invoices, by Stripe's ids. */
function priceIdsOf({ subscription, invoices }: SubscriptionSnapshot): string[] {
  const lines = invoices.flatMap(({ invoice }) => invoice.lines.map((line) => line.stripePriceId));
  const ids = new Set([...subscription.items.map((item) => item.stripePriceId), ...lines]);
  return [...ids].filter((id) => id !== null);
}

/** Lists the prices of a subscription and of its invoices that the catalog knows. */
export async function listSnapshotPrices(
  db: Database,
  snapshot: SubscriptionSnapshot,
): Promise<SoldPrices> {
  const sold = await listSoldPrices(db, priceIdsOf(snapshot));
  return new Map(sold.map((price) => [price.stripePriceId, price]));
}

/**
 * The same, after unknown prices were imported from Stripe: a price that was just created for a
 * plan may be paid before its own event comes, and the credits of a paid invoice are decided once.
 */
export async function resolveSnapshotPrices(
  ctx: Context,
  snapshot: SubscriptionSnapshot,
): Promise<Result<SoldPrices>> {
  const sold = await listSnapshotPrices(ctx.db, snapshot);
  const metered = new Set([...sold.values()].map((price) => price.meteredStripePriceId));
  const unknown = priceIdsOf(snapshot).filter((id) => !sold.has(id) && !metered.has(id));
  const imported = await importUnknownPrices(ctx, unknown);
  if (!imported.ok) return imported;
  return ok(imported.value ? await listSnapshotPrices(ctx.db, snapshot) : sold);
}
