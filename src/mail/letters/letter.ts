/** A part of a letter, in its order. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly label: string; readonly url: string }
  | { readonly kind: "code"; readonly code: string };

/** A mail's content in one language, before it is HTML and plain text. */
export interface Letter {
  readonly subject: string;
  readonly blocks: readonly Block[];
}

/** The facts that each kind of letter tells. Addresses of pages are absolute. */
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
}

export const MAIL_KINDS = [
  "verify_email",
  "verify_new_email",
  "email_changed",
  "already_registered",
  "reset_password",
  "password_changed",
] as const satisfies readonly (keyof LetterFacts)[];
export type MailKind = keyof LetterFacts;

/** The letters of one language. `site` is the operator's name, as mails show it. */
export type Letters = {
  readonly [K in MailKind]: (facts: LetterFacts[K], site: string) => Letter;
};

export const text = (words: string): Block => ({ kind: "text", text: words });
export const link = (label: string, url: string): Block => ({ kind: "link", label, url });
export const code = (digits: string): Block => ({ kind: "code", code: digits });
