import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "./stripe.ts";
import { isMissingAtStripe } from "./stripe-failure.ts";

const PAGE_SIZE = 100;
/** The number of pages after which a list is cut off. */
const PAGES_MAX = 50;

/**
 * Fetches an object from Stripe.
 * @returns null where Stripe has no object of this id, or has it no more
 */
export async function fetchFromStripe<
  T extends { readonly object: string; readonly deleted?: unknown },
>(config: Config, call: (stripe: Stripe) => Promise<T>): Promise<Result<T | null>> {
  const fetched = await callStripe(config, call);
  if (fetched.ok) return ok(fetched.value.deleted === true ? null : fetched.value);
  return isMissingAtStripe(fetched.failure) ? ok(null) : fetched;
}

/** Fetches a whole list from Stripe, page by page. */
export async function fetchAllFromStripe<T extends { readonly id: string }>(
  config: Config,
  fetchPage: (
    stripe: Stripe,
    paging: { limit: number; starting_after?: string },
  ) => Promise<Stripe.ApiList<T>>,
): Promise<Result<readonly T[]>> {
  const all: T[] = [];
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const last = all.at(-1);
    const fetched = await callStripe(config, (stripe) =>
      fetchPage(stripe, {
        limit: PAGE_SIZE,
        ...(last === undefined ? {} : { starting_after: last.id }),
      }),
    );
    if (!fetched.ok) return fetched;
    all.push(...fetched.value.data);
    if (!fetched.value.has_more) break;
  }
  return ok(all);
}
