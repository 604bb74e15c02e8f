import { z } from "zod";
import { INTERVALS } from "../time.ts";
import { boundedText } from "./bounded.ts";

/** A plan's id or slug. */
export const planIdField = boundedText(100).min(1);

/** The number of times that something is bought. */
export const quantityField = z.int().min(1).max(100);

/** The interval at which a price is billed. */
export const intervalField = z.enum(INTERVALS);

const NO_CURRENCY_CODE = "must be a three-letter currency code";

/** A currency in any case, kept in lower case as Stripe has it. Stripe knows whether it exists. */
export const currencyCodeField = boundedText(3, NO_CURRENCY_CODE)
  .regex(/^[A-Za-z]{3}$/, NO_CURRENCY_CODE)
  .toLowerCase();

const CURRENCIES: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()),
);

const NO_CURRENCY = "must be an ISO 4217 currency";

/** A currency of ISO 4217 in any case, kept in lower case as Stripe has it. */
export const currencyField = boundedText(3, NO_CURRENCY)
  .toLowerCase()
  .refine((code) => CURRENCIES.has(code), NO_CURRENCY);

/** The languages of Stripe's checkout page; `auto` is the browser's. Arabic is not among them. */
const CHECKOUT_LOCALES = [
  "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko",
  "lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW",
].flatMap((line) => line.split(" "));

/** The language of Stripe's checkout page. */
export const checkoutLocaleField = z.enum(CHECKOUT_LOCALES);

/** The id of a payment method at Stripe. */
export const paymentMethodIdField = boundedText(255).regex(
  /^pm_\w+$/,
  "must be a Stripe payment method, which starts with pm_",
);

/** A moment of ISO 8601, with `Z` or an offset: `2026-01-31T12:00:00Z`. */
export const timeField = boundedText(64).check(z.iso.datetime({ offset: true }));
