import type { Store } from "./store.ts";

/**
 * The state, the time, and the request that a function works for (null for the page and the clock).
 */
export interface Context {
  /** The origin at which a browser reaches this Stripe, without a slash at the end. */
  readonly origin: string;
  readonly store: Store;
  /** Unix seconds on this Stripe's own clock, which can be advanced. */
  readonly nowSeconds: () => number;
  readonly hasWebhook: boolean;
  readonly request: { readonly id: string; readonly idempotency_key: string | null } | null;
}
