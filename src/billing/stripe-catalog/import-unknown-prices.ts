import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { syncPrice } from "./sync-price.ts";

/**
 * Asks Stripe for prices that are not known here, and makes those ours that were made for a plan of
 * ours: each may be paid before its own event comes.
 * @returns whether any is known now; or why Stripe could not be asked
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
