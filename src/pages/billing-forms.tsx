import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";

/** `POST /billing`: redirects to Stripe's page for cards, invoices and the subscription. */
export async function openPortal(c: PageContext) {
  const { url } = await unwrap(
    c.var.api.api.billing.portal.$post({
      json: { returnUrl: `${c.var.ctx.config.PUBLIC_URL}/dashboard` },
    }),
  );
  return c.redirect(url, 303);
}

/**
 * `POST /subscription/cancel` and `/resume`: ends the subscription with its period, or keeps it.
 */
export const setRenewal = (verb: "cancel" | "resume") => async (c: PageContext) => {
  await unwrap(c.var.api.api.subscription[verb].$post());
  return c.redirect("/dashboard", 303);
};
