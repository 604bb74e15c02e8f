/**
 * The result of syncing an object with Stripe. `unknown`: the object belongs to nothing that is
 * sold here.
 */
export type SyncOutcome = "changed" | "unchanged" | "unknown";
