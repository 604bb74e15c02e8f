import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { syncPrice } from "./sync-price.ts";

/**
 * Imports prices that were made at Stripe for our plans and are not known here yet. Such a price
 * may be paid before its own event arrives.
 * @returns whether any of them is known now
 */
export async function importUnknownPrices(
  ctx: Context,
  stripePriceIds: readonly string[],
): Promise<Result<boolean>> {
  let anyKnown = false;
  for (const id of stripePriceIds) {
    const synced = await syncPrice(ctx, id);
    if (!synced.ok) return synced;
    anyKnown ||= synced.value !== "unknown";
  }
  return ok(anyKnown);
}
