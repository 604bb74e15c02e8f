import type { Meter } from "../../meters.ts";

/** A part of a letter, in its order. A `note` is small, and comes last. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly label: string; readonly url: string }
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "note"; readonly text: string; readonly label: string; readonly url: string };

/** A mail's content in one language, before it is HTML and plain text. */
export interface Letter {
  readonly subject: string;
  readonly blocks: readonly Block[];
}

/** The ways in which how a user signs in may change. */
export type SignInChange =
  | "totp_added"
  | "totp_removed"
  | "recovery_codes_renewed"
  | "passkey_added"
  | "passkey_removed"
  | "provider_added"
  | "provider_removed"
  | "password_removed";

/** An amount of money in minor units of its currency. */
interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * The facts that each kind of letter tells. Addresses of pages are absolute, times in ms since
 * 1970. Names are as people wrote them: the letters make them harmless.
 */
export interface LetterFacts {
  /** The link and the code by which an address is proved to be its user's. */
  readonly verify_email: { readonly url: string; readonly code: string; readonly hours: number };
  /** The same for the address that a user wants to change to. */
  readonly verify_new_email: {
    readonly url: string;
    readonly code: string;
    readonly hours: number;
  };
  /** To the old address, after a change. */
  readonly email_changed: { readonly newEmail: string };
  /** To the owner of an address with which somebody tried to sign up again. */
  readonly already_registered: { readonly signInUrl: string; readonly forgotUrl: string };
  readonly reset_password: { readonly url: string; readonly minutes: number };
  readonly password_changed: { readonly forgotUrl: string };
  readonly sign_in_changed: { readonly change: SignInChange; readonly accountUrl: string };
  /** The place of a sign-in: each part is null where it is not known. `atMs`: since 1970. */
  readonly new_sign_in: {
    readonly browser: string | null;
    readonly system: string | null;
    /** An ISO 3166 code, or Cloudflare's `T1` for Tor. */
    readonly country: string | null;
    readonly city: string | null;
    readonly atMs: number;
    readonly accountUrl: string;
    readonly forgotUrl: string;
  };
  /** The posted balance fell below the threshold that the user chose. */
  readonly balance_low: {
    readonly balanceMicrocredits: number;
    readonly thresholdMicrocredits: number;
    readonly creditsUrl: string;
  };
  /** `renewsAtMs` null: with the next payment. `isBilledBeyond`: use past it is billed later. */
  readonly allowance_used_up: {
    readonly meter: Meter;
    readonly limit: number;
    readonly renewsAtMs: number | null;
    readonly isBilledBeyond: boolean;
    readonly pricingUrl: string;
  };
  /**
   * An invoice of a subscription could not be paid. `untilMs`: the end of access without a payment;
   * null where it has ended. `payUrl`: the invoice's page at Stripe; null where there is none.
   */
  readonly payment_failed: Money & {
    readonly plan: string;
    readonly cardLast4: string | null;
    readonly untilMs: number | null;
    readonly payUrl: string | null;
    readonly billingUrl: string;
  };
  /** The same where the buyer's bank wants the payment confirmed (3-D Secure). */
  readonly payment_unconfirmed: LetterFacts["payment_failed"];
  /** The last one before access ends. */
  readonly payment_reminder: LetterFacts["payment_failed"];
  /** The amount is that of the price, before discounts and added taxes. */
  readonly trial_ending: Money & {
    readonly plan: string;
    readonly endsAtMs: number;
    readonly billingUrl: string;
  };
  readonly subscription_ended: {
    readonly plan: string;
    readonly reason: "canceled" | "unpaid";
    readonly pricingUrl: string;
  };
  readonly refund_made: Money & { readonly title: string; readonly billingUrl: string };
  readonly key_made: {
    readonly name: string;
    /** Whether the key was there before, and got another secret. */
    readonly isRotation: boolean;
    readonly madeAtMs: number;
    readonly keysUrl: string;
  };
  /** A key was used in a country, an ISO 3166 code, in which it was never used before. */
  readonly key_new_place: {
    readonly name: string;
    readonly country: string;
    readonly atMs: number;
    readonly keysUrl: string;
  };
}

export const MAIL_KINDS = [
  "verify_email",
  "verify_new_email",
  "email_changed",
  "already_registered",
  "reset_password",
  "password_changed",
  "sign_in_changed",
  "new_sign_in",
  "balance_low",
  "allowance_used_up",
  "payment_failed",
  "payment_unconfirmed",
  "payment_reminder",
  "trial_ending",
  "subscription_ended",
  "refund_made",
  "key_made",
  "key_new_place",
] as const satisfies readonly (keyof LetterFacts)[];
export type MailKind = keyof LetterFacts;

/**
 * The kinds that a reader can turn off. All others are about security, or about a payment: what is
 * charged, what went wrong with it, and what ends or comes back because of it.
 */
export const OPTIONAL_KINDS = ["balance_low", "allowance_used_up"] as const satisfies MailKind[];
export type OptionalKind = (typeof OPTIONAL_KINDS)[number];

/** Returns whether a reader can turn off the mails of a kind. */
export const isOptional = (kind: MailKind): kind is OptionalKind =>
  OPTIONAL_KINDS.some((optional) => optional === kind);

/** The letters of one language. `site` is the operator's name, as mails show it. */
export type Letters = {
  readonly [K in MailKind]: (facts: LetterFacts[K], site: string) => Letter;
};

export const text = (words: string): Block => ({ kind: "text", text: words });
export const link = (label: string, url: string): Block => ({ kind: "link", label, url });
export const code = (digits: string): Block => ({ kind: "code", code: digits });
