import type { PageContext } from "./context.ts";

/**
 * Returns the language of Stripe's page for the reader. Stripe's page has no Arabic: there the
 * browser's languages decide.
 */
export const checkoutLocale = ({ var: { language } }: PageContext): { locale?: "en" } =>
  language === "en" ? { locale: "en" } : {};
