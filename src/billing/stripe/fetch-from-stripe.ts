import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "./stripe.ts";

const PAGE = 100;
/** More products or prices than this are not looked through. */
const PAGES_MAX = 50;

/**
 * An object of Stripe's as it is now.
 * @returns null where Stripe has none of this id, or has it no more
 */
export async function fetchFromStripe<
  T extends { readonly object: string; readonly deleted?: unknown },
>(config: Config, call: (stripe: Stripe) => Promise<T>): Promise<Result<T | null>> {
  const fetched = await callStripe(config, call);
  if (fetched.ok) return ok(fetched.value.deleted === true ? null : fetched.value);
  return fetched.failure.code === "stripe_refused" && fetched.failure.param === "resource_missing"
    ? ok(null)
    : fetched;
}

/** All of a list of Stripe's, page by page. */
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
        limit: PAGE,
        ...(last === undefined ? {} : { starting_after: last.id }),
      }),
    );
    if (!fetched.ok) return fetched;
    all.push(...fetched.value.data);
    if (!fetched.value.has_more) break;
  }
  return ok(all);
}
