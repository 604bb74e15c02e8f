import { z } from "zod";
import { type Caller, findUser, requireCaller } from "../../auth/index.ts";
import { type Database, database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { withCustomer } from "../stripe/customer.ts";
import { changeSubscription, previewChange } from "./change/change.ts";
import { cancelAtPeriodEnd, resumeSubscription } from "./change/manage.ts";
import { openPortalPage, resolvePortalReturnUrl } from "./change/portal.ts";
import { interval, planId, quantity, respondWithSubscription } from "./http.ts";
import { showNoSubscription } from "./show.ts";
import { listLiveSubscriptions, type Subscription } from "./store.ts";

const changeBody = z.strictObject({
  planId,
  interval: interval.optional(),
  quantity: quantity.optional(),
  preview: z.boolean().default(false),
});
const portalBody = z.strictObject({ returnUrl: z.string().max(2000).optional() });

/** The subscription that a caller has now. */
async function findOwnSubscription(
  db: Database,
  { userId }: Caller,
): Promise<Result<Subscription>> {
  const [subscription] = await listLiveSubscriptions(db, userId);
  return subscription === undefined
    ? fail("not_found", "You have no subscription.")
    : ok(subscription);
}

/** `/api/subscription`: the caller's own. */
export const subscriptionRoutes = router()
  .get("/", requireCaller("read"), async (c) => {
    const { userId } = c.var.caller;
    const db = database(c.env.DB);
    const found = await findOwnSubscription(db, c.var.caller);
    if (found.ok) return await respondWithSubscription(c, found);
    const user = await findUser(db, userId);
    if (user === undefined)
      return refuse(c, fail("not_found", "This user no longer exists.").failure);
    return c.json(await showNoSubscription(db, userId, user.planId));
  })
  .post("/cancel", requireCaller("write"), limitPayments, async (c) => {
    const found = await findOwnSubscription(database(c.env.DB), c.var.caller);
    return await respondWithSubscription(
      c,
      found.ok ? await cancelAtPeriodEnd(c.var.ctx, found.value) : found,
    );
  })
  .post("/resume", requireCaller("write"), limitPayments, async (c) => {
    const found = await findOwnSubscription(database(c.env.DB), c.var.caller);
    return await respondWithSubscription(
      c,
      found.ok ? await resumeSubscription(c.var.ctx, found.value) : found,
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
      const found = await findOwnSubscription(db, c.var.caller);
      if (!found.ok) return refuse(c, found.failure);
      if (!preview)
        return await respondWithSubscription(
          c,
          await changeSubscription(c.var.ctx, found.value, requested),
        );
      const shown = await previewChange(c.var.ctx, found.value, requested);
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
    const returnUrl = resolvePortalReturnUrl(c.var.ctx.config, c.req.valid("json").returnUrl);
    if (!returnUrl.ok) return refuse(c, returnUrl.failure);
    const db = database(c.env.DB);
    const user = await findUser(db, c.var.caller.userId);
    if (user === undefined)
      return refuse(c, fail("not_found", "This user no longer exists.").failure);
    const open = (customer: string) => openPortalPage(c.var.ctx.config, customer, returnUrl.value);
    const page = await withCustomer(c.var.ctx, user, open);
    return page.ok ? c.json({ url: page.value.url }) : refuse(c, page.failure);
  },
);
