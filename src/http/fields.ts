import { z } from "zod";
import { INTERVALS } from "../time.ts";

/** A plan's id or slug. */
export const planIdField = z.string().min(1).max(100);

/** The number of times that something is bought. */
export const quantityField = z.int().min(1).max(100);

/** The interval at which a price is billed. */
export const intervalField = z.enum(INTERVALS);

/** A currency in any case, kept in lower case as Stripe has it. Stripe knows whether it exists. */
export const currencyCodeField = z
  .string()
  .regex(/^[A-Za-z]{3}$/, "must be a three-letter currency code")
  .toLowerCase();

const CURRENCIES: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()),
);

/** A currency of ISO 4217 in any case, kept in lower case as Stripe has it. */
export const currencyField = z
  .string()
  .toLowerCase()
  .refine((code) => CURRENCIES.has(code), "is not an ISO 4217 currency");

/** The id of a payment method at Stripe. */
export const paymentMethodIdField = z
  .string()
  .max(255)
  .regex(/^pm_\w+$/, "is not a payment method of Stripe's, which begins with pm_");
