import { findUser, requireCaller } from "../auth/index.ts";
import { findPlan, hasFeature } from "../catalog/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { featureView } from "./wire.ts";

/** `/api/features`: what the caller's plan includes beside what is counted. */
export const featureRoutes = router().get(
  "/:name",
  requireCaller("read"),
  describeRoute("Returns whether the caller's plan includes a feature.", featureView, []),
  async (c) => {
    const { db } = c.var.ctx;
    const name = c.req.param("name");
    const user = await findUser(db, c.var.caller.userId);
    const plan = user === undefined ? undefined : await findPlan(db, user.planId);
    return c.json({ name, included: plan !== undefined && hasFeature(plan, name) });
  },
);
