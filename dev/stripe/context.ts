import type { Store } from "./store.ts";

/**
 * What everything here works with: the state, the time, and which request asked for it (none for
 * the page and the clock).
 */
export interface Context {
  /** Where this Stripe is reached by a browser, without a slash at the end. */
  readonly origin: string;
  readonly store: Store;
  /** Unix seconds on this Stripe's own clock, which can be advanced. */
  readonly nowSeconds: () => number;
  readonly hasWebhook: boolean;
  readonly request: { readonly id: string; readonly idempotency_key: string | null } | null;
}
