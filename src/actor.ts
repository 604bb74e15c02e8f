/**
 * A user, an admin, a management key of the operator's, Stripe by an event, or the Worker by itself
 * (its cron).
 */
export const ACTOR_KINDS = ["user", "admin", "management_key", "stripe", "system"] as const;

/** The person or system that does something. */
export interface Actor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  readonly id: string;
}
