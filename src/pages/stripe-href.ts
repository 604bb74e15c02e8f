import type { PageContext } from "./context.ts";

/** The pages of Stripe's dashboard, by the prefix of the ids that they are about. */
const PAGES: Readonly<Record<string, string>> = {
  pi: "payments",
  ch: "payments",
  dp: "disputes",
  in: "invoices",
  sub: "subscriptions",
  cus: "customers",
  cs: "checkout/sessions",
  prod: "products",
  price: "prices",
  evt: "events",
};

/** Returns whether Stripe's key is one with which no real money moves. */
export const isTestMode = (c: PageContext): boolean =>
  !/^(sk|rk)_live_/.test(c.var.ctx.config.STRIPE_SECRET_KEY);

/**
 * Returns the address of an object's page at Stripe: in its dashboard, or the only page that the
 * local Stripe has. Undefined for an id without a page.
 */
export function stripeHref(c: PageContext, id: string | null): string | undefined {
  const page = PAGES[id?.slice(0, Math.max(0, id.indexOf("_"))) ?? ""];
  if (id === null || page === undefined) return undefined;
  const { STRIPE_API_BASE: base } = c.var.ctx.config;
  if (base !== undefined && base !== "https://api.stripe.com") return `${base}/`;
  return `https://dashboard.stripe.com/${isTestMode(c) ? "test/" : ""}${page}/${id}`;
}
