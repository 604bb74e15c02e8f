import { z } from "zod";
import { type Caller, findUser, requireCaller } from "../../auth/index.ts";
import { type Database, database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { asCustomer } from "../stripe/customer.ts";
import { changeSubscription, previewChange } from "./change/change.ts";
import { cancelAtPeriodEnd, resume } from "./change/manage.ts";
import { openPortal, portalReturnUrl } from "./change/portal.ts";
import { answer, doing, interval, planId, quantity } from "./http.ts";
import { showNoSubscription } from "./show.ts";
import { liveSubscriptionsOf, type Subscription } from "./store.ts";

const changeBody = z.strictObject({
  planId,
  interval: interval.optional(),
  quantity: quantity.optional(),
  preview: z.boolean().default(false),
});
const portalBody = z.strictObject({ returnUrl: z.string().max(2000).optional() });

/** The subscription that a caller has now. */
async function mine(db: Database, { userId }: Caller): Promise<Result<Subscription>> {
  const [subscription] = await liveSubscriptionsOf(db, userId);
  return subscription === undefined
    ? fail("not_found", "You have no subscription.")
    : ok(subscription);
}

/** `/api/subscription`: the caller's own. */
export const subscriptionRoutes = router()
  .get("/", requireCaller("read"), async (c) => {
    const { userId } = c.var.caller;
    const db = database(c.env.DB);
    const found = await mine(db, c.var.caller);
    if (found.ok) return await answer(c, found);
    const user = await findUser(db, userId);
    if (user === undefined)
      return refuse(c, fail("not_found", "This user no longer exists.").failure);
    return c.json(await showNoSubscription(db, userId, user.planId));
  })
  .post("/cancel", requireCaller("write"), limitPayments, async (c) => {
    const found = await mine(database(c.env.DB), c.var.caller);
    return await answer(
      c,
      found.ok
        ? await cancelAtPeriodEnd(c.env, c.var.config, found.value, doing(c.var.caller))
        : found,
    );
  })
  .post("/resume", requireCaller("write"), limitPayments, async (c) => {
    const found = await mine(database(c.env.DB), c.var.caller);
    return await answer(
      c,
      found.ok ? await resume(c.env, c.var.config, found.value, doing(c.var.caller)) : found,
    );
  })
  .post(
    "/change",
    requireCaller("write"),
    limitPayments,
    validate("json", changeBody),
    async (c) => {
      const db = database(c.env.DB);
      const { preview, ...requested } = c.req.valid("json");
      const found = await mine(db, c.var.caller);
      if (!found.ok) return refuse(c, found.failure);
      if (!preview)
        return await answer(
          c,
          await changeSubscription(c.env, c.var.config, found.value, requested, doing(c.var.caller)),
        );
      const shown = await previewChange(db, c.var.config, found.value, requested);
      return shown.ok ? c.json(shown.value) : refuse(c, shown.failure);
    },
  );

/** `/api/billing`: Stripe's own page for a customer. */
export const portalRoutes = router().post(
  "/portal",
  requireCaller("write"),
  limitPayments,
  validate("json", portalBody),
  async (c) => {
    const returnUrl = portalReturnUrl(c.var.config, c.req.valid("json").returnUrl);
    if (!returnUrl.ok) return refuse(c, returnUrl.failure);
    const db = database(c.env.DB);
    const user = await findUser(db, c.var.caller.userId);
    if (user === undefined)
      return refuse(c, fail("not_found", "This user no longer exists.").failure);
    const open = (customer: string) => openPortal(c.var.config, customer, returnUrl.value);
    const page = await asCustomer(db, c.var.config, user, open, Date.now());
    return page.ok ? c.json({ url: page.value.url }) : refuse(c, page.failure);
  },
);
