import { z } from "zod";
import { creditAccount } from "../../account/index.ts";
import { requireCaller } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { router } from "../../http/factory.ts";
import { pageQuery, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import type { Meter } from "../../meters.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import { type HistoryCursor, listPayments, showPayment } from "./payment-history.ts";
import { showLimits, showMeter } from "./show.ts";

/**
 * What is used outside Farebox. All other meters Farebox counts itself, and nobody may add to them.
 */
const TRACKED_METERS = ["tool", "image", "model_3d"] as const satisfies readonly Meter[];

const trackBody = z.strictObject({
  meter: z.enum(TRACKED_METERS),
  quantity: z.int().min(1).max(1_000_000),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
    .optional(),
});

const cursorField = z
  .string()
  .regex(/^\d{1,15}_[a-z]+_\w{1,200}$/, "is not a cursor of this list")
  .transform((value): HistoryCursor => {
    const cut = value.indexOf("_");
    return { atMs: Number(value.slice(0, cut)), id: value.slice(cut + 1) };
  });
const listQuery = pageQuery.extend({ cursor: cursorField.optional() });

/** `/api/payments/users/:userId`: what a user paid, and what of their plan is used. */
export const paymentUserRoutes = router()
  .get(
    "/:userId/payments",
    requireCaller("read"),
    limitPayments,
    validate("query", listQuery),
    async (c) => {
      const db = database(c.env.DB);
      const user = await resolveUser(db, c.var.caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { limit, cursor } = c.req.valid("query");
      const rows = await listPayments(db, user.value.id, { limit, cursor });
      return c.json(toPage(rows, limit, showPayment, ({ createdAt, id }) => `${createdAt}_${id}`));
    },
  )
  // No money moves here and Stripe is not asked, so these two do not count as payment requests:
  // whoever tracks each call of a tool needs more.
  .post("/:userId/usage/track", requireCaller("write"), validate("json", trackBody), async (c) => {
    const user = await resolveUser(database(c.env.DB), c.var.caller, c.req.param("userId"));
    if (!user.ok) return refuse(c, user.failure);
    const { meter, quantity, idempotencyKey = crypto.randomUUID() } = c.req.valid("json");
    const command = { operationId: `track:${idempotencyKey}`, meter, quantity };
    const tracked = await orUnavailable(creditAccount(c.env, user.value.id).track(command));
    if (tracked.ok) return c.json({ meter, ...showMeter(tracked.value.usage) });
    if (tracked.failure.code !== "conflict") return refuse(c, tracked.failure);
    const message = "idempotencyKey: was used for another use before.";
    return refuse(c, { code: "idempotency_key_reused", message, param: "idempotencyKey" });
  })
  .get("/:userId/usage/limits", requireCaller("read"), async (c) => {
    const user = await resolveUser(database(c.env.DB), c.var.caller, c.req.param("userId"));
    if (!user.ok) return refuse(c, user.failure);
    const summary = await orUnavailable(creditAccount(c.env, user.value.id).summary());
    return summary.ok
      ? c.json(showLimits(user.value.id, summary.value))
      : refuse(c, summary.failure);
  });
