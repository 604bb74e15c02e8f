/** What a thing is like, by the names of what can differ. */
type Facts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What is compared: whose it is, and whether settling it would bring it to where it stands at
 * Stripe.
 */
export interface Subject {
  /** An order, a subscription or an invoice; or a checkout session that no order here knows. */
  readonly id: string;
  readonly userId: string | null;
  readonly isRepairable: boolean;
}

/** One thing that is otherwise here than at Stripe, or than what follows from what Stripe says. */
export interface Difference {
  readonly subject: Subject;
  /** `order.status`, `grant.frozen`; without a dot where the whole thing is missing on one side. */
  readonly what: string;
  readonly here: Facts | Facts[string];
  readonly atStripe: Facts | Facts[string];
}

/**
 * The differences between two sides of a thing. Of one that is missing on one side the other is
 * told whole.
 */
export function differencesOf(
  subject: Subject,
  name: string,
  here: Facts | null,
  atStripe: Facts | null,
): Difference[] {
  if (here === null && atStripe === null) return [];
  if (here === null || atStripe === null) return [{ subject, what: name, here, atStripe }];
  return Object.keys(atStripe)
    .filter((field) => here[field] !== atStripe[field])
    .map((field) => ({
      subject,
      what: `${name}.${field}`,
      here: here[field] ?? null,
      atStripe: atStripe[field] ?? null,
    }));
}
