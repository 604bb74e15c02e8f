import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { askStripe } from "./stripe.ts";

const PAGE = 100;
/** More products or prices than this are not looked through. */
const MOST_PAGES = 50;

/**
 * An object of Stripe's as it is now.
 * @returns null where Stripe has none of this id, or has it no more
 */
export async function findAtStripe<
  T extends { readonly object: string; readonly deleted?: unknown },
>(config: Config, ask: (stripe: Stripe) => Promise<T>): Promise<Result<T | null>> {
  const asked = await askStripe(config, ask);
  if (asked.ok) return ok(asked.value.deleted === true ? null : asked.value);
  return asked.failure.code === "stripe_refused" && asked.failure.param === "resource_missing"
    ? ok(null)
    : asked;
}

/** All of a list of Stripe's, page by page. */
export async function listAtStripe<T extends { readonly id: string }>(
  config: Config,
  page: (
    stripe: Stripe,
    paging: { limit: number; starting_after?: string },
  ) => Promise<Stripe.ApiList<T>>,
): Promise<Result<readonly T[]>> {
  const all: T[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const last = all.at(-1);
    const asked = await askStripe(config, (stripe) =>
      page(stripe, { limit: PAGE, ...(last === undefined ? {} : { starting_after: last.id }) }),
    );
    if (!asked.ok) return asked;
    all.push(...asked.value.data);
    if (!asked.value.has_more) break;
  }
  return ok(all);
}
