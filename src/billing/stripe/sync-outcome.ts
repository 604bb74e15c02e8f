/**
 * The result of bringing something to Stripe's current state. `unknown`: what Stripe speaks of
 * belongs to nothing that is sold here.
 */
export type SyncOutcome = "changed" | "unchanged" | "unknown";
