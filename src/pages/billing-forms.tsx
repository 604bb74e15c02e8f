import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { readForm } from "./form-components.tsx";
import { formatDay } from "./format.ts";
import { flash } from "./ui/flash.ts";

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
 * `POST /subscription/cancel` and `/resume`: ends the subscription with its period, or keeps it,
 * and tells which.
 */
export const setRenewal = (verb: "cancel" | "resume") => async (c: PageContext) => {
  const { reason = "" } = await readForm(c);
  const route = c.var.api.api.subscription;
  if (verb === "resume") {
    await unwrap(route.resume.$post());
    flash(c, "planKept");
  } else {
    const json = reason === "" ? {} : { reason: reason.slice(0, 500) };
    const { cancelAt, currentPeriodEnd } = await unwrap(route.cancel.$post({ json }));
    const end = cancelAt ?? currentPeriodEnd;
    flash(c, "planCanceled", end === null ? "" : formatDay(c, end.slice(0, 10)));
  }
  return c.redirect("/dashboard", 303);
};
