import { z } from "zod";
import { findUser, requireSessionEvenSuspended } from "../../../auth/index.ts";
import { fail } from "../../../errors.ts";
import { boundedText } from "../../../http/bounded.ts";
import { describeRoute } from "../../../http/describe-route.ts";
import { router } from "../../../http/factory.ts";
import { refuse } from "../../../http/respond.ts";
import { validate } from "../../../http/validate.ts";
import { limitPayments } from "../../access/limit-payments.ts";
import { withCustomer } from "../../stripe/customer.ts";
import { openPortalPage, resolvePortalReturnUrl } from "../change/portal.ts";
import { type PortalPageView, portalPageView } from "../wire.ts";

const portalBody = z.strictObject({ returnUrl: boundedText(2000).optional() });

/** `/api/billing`: Stripe's own pages for a customer. */
export const portalRoutes = router().post(
  "/portal",
  requireSessionEvenSuspended,
  limitPayments,
  validate("json", portalBody),
  describeRoute("Creates a Stripe customer portal session.", portalPageView, [
    "stripe_refused",
    "billing_unavailable",
  ]),
  async (c) => {
    const { db, config } = c.var.ctx;
    const returnUrl = resolvePortalReturnUrl(config, c.req.valid("json").returnUrl);
    if (!returnUrl.ok) return refuse(c, returnUrl.failure);
    const user = await findUser(db, c.var.caller.userId);
    if (user === undefined)
      return refuse(c, fail("not_found", "This user has been deleted.").failure);
    const page = await withCustomer(c.var.ctx, user, (stripeCustomerId) =>
      openPortalPage(config, stripeCustomerId, returnUrl.value),
    );
    if (!page.ok) return refuse(c, page.failure);
    const view: PortalPageView = { url: page.value.url };
    return c.json(view);
  },
);
