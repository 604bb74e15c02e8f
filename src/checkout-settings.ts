import { z } from "zod";

const flag = (fallback: "true" | "false") =>
  z
    .enum(["true", "false", "1", "0", ""])
    .default(fallback)
    .transform((value) => (value === "" ? fallback === "true" : value === "true" || value === "1"));

/** An origin with https, or http on this machine: what a form may lead to. */
const origins = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  )
  .pipe(
    z.array(z.url({ protocol: /^https?$/, error: "must be origins like https://pay.example.com" })),
  )
  .transform((urls) => urls.map((url) => new URL(url).origin));

/** A text for buyers, at most as long as Stripe takes. */
const text = (max: number) =>
  z.string().trim().max(max, `must have at most ${max} characters`).default("");

/** The settings of Stripe's checkout pages and of the invoices that they create. */
export const checkoutSettings = {
  /** Whether one-time sales get an invoice with a PDF, for which Stripe takes a fee. */
  STRIPE_INVOICES: flag("true"),
  /** The last lines of each invoice for a one-time sale: a register number, say. */
  STRIPE_INVOICE_FOOTER: text(5000),
  /** Whether buyers may enter a tax id, which their invoices then show. */
  STRIPE_TAX_ID_COLLECTION: flag("false"),
  /** `required` asks every buyer for a billing address; `auto` only where a payment needs one. */
  STRIPE_BILLING_ADDRESS: z.enum(["auto", "required", ""]).default("auto"),
  /**
   * Whether buyers have to accept the terms. Stripe refuses such a page while its dashboard has no
   * address of terms (Settings → Public details).
   */
  STRIPE_TERMS_CONSENT: flag("false"),
  /** Whether a buyer may enter a promotion code on Stripe's page, who entered none before. */
  STRIPE_PROMOTION_CODES: flag("true"),
  /** A text beside the button that pays. */
  STRIPE_CHECKOUT_TEXT: text(1200),
  /** What a card's statement shows after the account's own prefix. */
  STRIPE_STATEMENT_SUFFIX: z
    .string()
    .trim()
    .regex(
      /^$|^(?=.*[A-Za-z])[\x20-\x7e]{1,22}$/,
      "must have a letter, and at most 22 Latin characters",
    )
    .regex(/^[^<>\\'"*]*$/, "must have none of < > \\ ' \" *")
    .default(""),
  /** The origins of Stripe's pages on a domain of your own. */
  STRIPE_CHECKOUT_ORIGINS: origins,
};
