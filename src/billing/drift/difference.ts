/** What a thing is like, by the names of what can differ. */
type ComparedFields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What is compared: whose it is, and whether settling it would bring it to where it stands at
 * Stripe.
 */
export interface DriftSubject {
  /** An order, a subscription or an invoice; or a checkout session that no order here knows. */
  readonly id: string;
  readonly userId: string | null;
  readonly isRepairable: boolean;
}

/** One thing that is otherwise here than at Stripe, or than what follows from what Stripe says. */
export interface Difference {
  readonly subject: DriftSubject;
  /** `order.status`, `grant.frozen`; without a dot where the whole thing is missing on one side. */
  readonly what: string;
  readonly here: ComparedFields | ComparedFields[string];
  readonly atStripe: ComparedFields | ComparedFields[string];
}

/**
 * The differences between two sides of a thing. Of one that is missing on one side the other is
 * told whole.
 */
export function diffFields(
  subject: DriftSubject,
  name: string,
  here: ComparedFields | null,
  atStripe: ComparedFields | null,
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
