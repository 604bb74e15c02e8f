import { z } from "zod";
import { creditAccount } from "../../account/index.ts";
import { requireCaller } from "../../auth/index.ts";
import { list } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { pageQuery, timedCursor, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import type { Meter } from "../../meters.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import { listPayments, showPayment } from "./payment-history.ts";
import { showLimits, showMeter } from "./show.ts";
import { limitsView, paymentView, trackedMeterView } from "./wire.ts";

/**
 * The meters of what is used outside Farebox. Farebox counts all others, and nobody may add to
 * them.
 */
const TRACKED_METERS = ["tool", "image", "model_3d"] as const satisfies readonly Meter[];

const trackBody = z.strictObject({
  meter: z.enum(TRACKED_METERS),
  quantity: z.int().min(1).max(1_000_000),
  idempotencyKey: boundedText(255)
    .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
    .optional(),
});

const paymentsQuery = pageQuery.extend({
  cursor: timedCursor("(ord|in)_"),
  paid: z.enum(["true", "false"]).default("false"),
});

/** `/api/payments/users/:userId`: a user's payments, and the use of their plan. */
export const paymentUserRoutes = router()
  .get(
    "/:userId/payments",
    requireCaller("read"),
    limitPayments,
    validate("query", paymentsQuery),
    describeRoute("Lists a user's payments, newest first.", list(paymentView), ["not_found"]),
    async (c) => {
      const { caller, ctx } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { limit, cursor, paid } = c.req.valid("query");
      const onlyPaid = paid === "true";
      const payments = await listPayments(ctx.db, user.value.id, { limit, cursor, onlyPaid });
      return c.json(
        toPage(payments, limit, showPayment, ({ createdAt, id }) => `${createdAt}.${id}`),
      );
    },
  )
  // No money moves and Stripe is not called, so the next two are not limited as payment requests:
  // an app that tracks each call of a tool needs more.
  .post(
    "/:userId/usage/track",
    requireCaller("write"),
    validate("json", trackBody),
    describeRoute(
      "Records usage of an allowance. Concurrent requests never exceed the limit.",
      trackedMeterView,
      ["not_found", "insufficient_quota", "idempotency_key_reused", "billing_unavailable"],
    ),
    async (c) => {
      const { caller, ctx } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { meter, quantity, idempotencyKey = crypto.randomUUID() } = c.req.valid("json");
      const command = { operationId: `track:${idempotencyKey}`, meter, quantity };
      const tracked = await orUnavailable(creditAccount(ctx.env, user.value.id).track(command));
      if (tracked.ok) return c.json({ meter, ...showMeter(tracked.value.usage) });
      if (tracked.failure.code !== "conflict") return refuse(c, tracked.failure);
      const message = "idempotencyKey: was already used for a different request. Use a new key.";
      return refuse(c, { code: "idempotency_key_reused", message, param: "idempotencyKey" });
    },
  )
  .get(
    "/:userId/usage/limits",
    requireCaller("read"),
    describeRoute("Returns a user's allowances and what is left of them.", limitsView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { caller, ctx } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const summary = await orUnavailable(creditAccount(ctx.env, user.value.id).summary());
      return summary.ok
        ? c.json(showLimits(user.value.id, summary.value))
        : refuse(c, summary.failure);
    },
  );
