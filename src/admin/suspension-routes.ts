import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { reasonField } from "./reason.ts";
import { loadUserDetails } from "./show-user.ts";
import { resumeUser, SUBSCRIPTION_CHOICES, suspendUser } from "./suspend-user.ts";
import { userDetailsView } from "./wire.ts";

const suspendBody = z.strictObject({
  reason: reasonField,
  subscriptions: z.enum(SUBSCRIPTION_CHOICES).default("keep"),
});
const resumeBody = z.strictObject({ reason: reasonField });

/** `/api/admin/users/:userId`: suspending a user, and resuming them. */
export const adminSuspensionRoutes = new Hono<AuthEnv>()
  .post(
    "/:userId/suspend",
    validate("json", suspendBody),
    describeRoute(
      "Suspends a user, who can then only read and export. `suspensionPending` is true " +
        "until the account and Stripe are updated.",
      userDetailsView,
      ["not_found", "conflict"],
    ),
    async (c) => {
      const { ctx } = c.var;
      const suspended = await suspendUser(ctx, c.req.param("userId"), c.req.valid("json"));
      return suspended.ok
        ? c.json(await loadUserDetails(ctx, suspended.value))
        : refuse(c, suspended.failure);
    },
  )
  .post(
    "/:userId/resume",
    validate("json", resumeBody),
    describeRoute(
      "Unsuspends a user, and resumes the Stripe subscriptions that the suspension paused.",
      userDetailsView,
      ["not_found"],
    ),
    async (c) => {
      const { ctx } = c.var;
      const resumed = await resumeUser(ctx, c.req.param("userId"), c.req.valid("json"));
      return resumed.ok
        ? c.json(await loadUserDetails(ctx, resumed.value))
        : refuse(c, resumed.failure);
    },
  );
