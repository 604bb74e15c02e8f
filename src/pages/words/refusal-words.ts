import type { FailureCode } from "../../errors.ts";
import type { FieldRule } from "../../http/field-rules.ts";

/** What a refusal carries beside its English message, in the reader's digits and units. */
export interface RefusalFacts {
  readonly message: string;
  /** Figures and names: of `details`, and of a 402. */
  readonly detail: (name: string) => string | null;
  /** The limit with its unit: "50 messages"; null where nothing is used up. */
  readonly usedUp: string | null;
  /** When usage resets: "in 13 hours". */
  readonly resets: string | null;
  /** How long to wait: "in 2 minutes". */
  readonly retry: string | null;
}

/** A text, or one made of the refusal's facts; null leaves it to a more general one. */
export type RefusalText = string | ((facts: RefusalFacts) => string | null);

/** Rules of `details.rule` that the wire has beside those of fields. */
type OtherRule =
  | "password_common"
  | "password_pattern"
  | "password_breached"
  | "password_context"
  | "password_bytes"
  | "turnstile"
  | "below_cost";

/** The words of one language for refusals. */
export interface RefusalWords {
  /** By the rule that an input breaks. */
  readonly rules: Readonly<Partial<Record<FieldRule | OtherRule, RefusalText>>>;
  /** By code, and where its param matters by both. */
  readonly texts: Readonly<Partial<Record<FailureCode | `${FailureCode}.${string}`, RefusalText>>>;
}
