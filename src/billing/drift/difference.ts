/** The fields of a thing that are compared. */
type ComparedFields = Readonly<Record<string, string | number | boolean | null>>;

/** The thing that is compared. */
export interface DriftSubject {
  /** An order, a subscription or an invoice; or a checkout session without an order here. */
  readonly id: string;
  readonly userId: string | null;
  /** Whether a sync would bring it to Stripe's state. */
  readonly isRepairable: boolean;
}

/**
 * A difference between our records and Stripe, or between our records and what follows from Stripe.
 */
export interface Difference {
  readonly subject: DriftSubject;
  /** `order.status`, `grant.frozen`; without a dot where one side lacks the whole thing. */
  readonly name: string;
  readonly stored: ComparedFields | ComparedFields[string];
  readonly atStripe: ComparedFields | ComparedFields[string];
}

/**
 * Lists the differences between two sides of a thing. Where one side is missing, the only
 * difference holds the other side whole.
 * @param name `order`, `subscription`, `invoice` or `grant`
 */
export function diffFields(
  subject: DriftSubject,
  name: string,
  stored: ComparedFields | null,
  atStripe: ComparedFields | null,
): Difference[] {
  if (stored === null && atStripe === null) return [];
  if (stored === null || atStripe === null) return [{ subject, name, stored, atStripe }];
  return Object.keys(atStripe)
    .filter((field) => stored[field] !== atStripe[field])
    .map((field) => ({
      subject,
      name: `${name}.${field}`,
      stored: stored[field] ?? null,
      atStripe: atStripe[field] ?? null,
    }));
}
