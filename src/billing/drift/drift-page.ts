import type { Difference } from "./difference.ts";

/**
 * The lists that a report can go through: our orders or subscriptions (with their invoices), each
 * looked up at Stripe; or Stripe's checkout sessions or subscriptions, each looked up here.
 */
export const DRIFT_SOURCES = [
  "orders",
  "subscriptions",
  "stripe_sessions",
  "stripe_subscriptions",
] as const;

/** The part of a list to compare: what was made within a time, newest first, a page at once. */
export interface DriftQuery {
  readonly source: (typeof DRIFT_SOURCES)[number];
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  /** The id of the last item of the previous page. */
  readonly cursor: string | undefined;
}

/** A page of the report. An item may have several differences, or none. */
export interface DriftPage {
  /** The number of items that were compared. */
  readonly checked: number;
  readonly differences: readonly Difference[];
  readonly nextCursor: string | null;
}
