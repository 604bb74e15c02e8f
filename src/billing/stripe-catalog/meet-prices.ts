import type { Config } from "../../config.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { syncPrice } from "./settle-price.ts";

/**
 * Asks Stripe for prices that are not known here, and makes those ours that were made for a plan of
 * ours: each may be paid before its own event comes.
 * @returns whether any is known now; or why Stripe could not be asked
 */
export async function meetPrices(
  env: Pick<Env, "DB">,
  config: Config,
  stripePriceIds: readonly string[],
  nowMs: number,
): Promise<Result<boolean>> {
  let isNews = false;
  for (const id of stripePriceIds) {
    const synced = await syncPrice(env, config, id, nowMs);
    if (!synced.ok) return synced;
    isNews ||= synced.value !== "unknown";
  }
  return ok(isNews);
}
