import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { router } from "../../http/factory.ts";
import { pageQuery } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import {
  addPaymentMethod,
  fetchPaymentMethods,
  removePaymentMethod,
  setDefaultPaymentMethod,
} from "./payment-methods.ts";
import { showPaymentMethod } from "./show.ts";

const methodId = z
  .string()
  .regex(/^(pm|card|src|ba)_\w{1,200}$/, "is not the id of a payment method");
const addBody = z.strictObject({
  paymentMethodId: methodId,
  setDefault: z.boolean().default(false),
});
const listQuery = pageQuery.extend({ cursor: methodId.optional() });
const methodParams = z.object({ userId: z.string(), pmId: methodId });

/** `/api/payments/customers/:userId/payment-methods` */
export const paymentMethodRoutes = router()
  .get(
    "/:userId/payment-methods",
    requireCaller("read"),
    limitPayments,
    validate("query", listQuery),
    async (c) => {
      const db = database(c.env.DB);
      const user = await resolveUser(db, c.var.caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { limit, cursor } = c.req.valid("query");
      const listed = await fetchPaymentMethods(c.var.ctx, user.value.id, {
        limit,
        after: cursor,
      });
      if (!listed.ok) return refuse(c, listed.failure);
      const { methods, hasMore, defaultId } = listed.value;
      const nextCursor = hasMore ? (methods.at(-1)?.id ?? null) : null;
      return c.json({
        object: "list",
        data: methods.map((one) => showPaymentMethod(one, defaultId)),
        hasMore,
        nextCursor,
      });
    },
  )
  .post(
    "/:userId/payment-methods",
    requireCaller("write"),
    limitPayments,
    validate("json", addBody),
    async (c) => {
      const db = database(c.env.DB);
      const user = await resolveUser(db, c.var.caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { paymentMethodId, setDefault } = c.req.valid("json");
      const attached = await addPaymentMethod(c.var.ctx, user.value, paymentMethodId);
      if (!attached.ok) return refuse(c, attached.failure);
      const chosen = setDefault
        ? await setDefaultPaymentMethod(c.var.ctx, user.value.id, attached.value.id)
        : attached;
      if (!chosen.ok) return refuse(c, chosen.failure);
      return c.json(showPaymentMethod(attached.value, setDefault ? attached.value.id : null), 201);
    },
  )
  .post(
    "/:userId/payment-methods/:pmId/default",
    requireCaller("write"),
    limitPayments,
    validate("param", methodParams),
    async (c) => {
      const db = database(c.env.DB);
      const { userId, pmId } = c.req.valid("param");
      const user = await resolveUser(db, c.var.caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const chosen = await setDefaultPaymentMethod(c.var.ctx, user.value.id, pmId);
      return chosen.ok ? c.json(showPaymentMethod(chosen.value, pmId)) : refuse(c, chosen.failure);
    },
  )
  .delete(
    "/:userId/payment-methods/:pmId",
    requireCaller("write"),
    limitPayments,
    validate("param", methodParams),
    async (c) => {
      const db = database(c.env.DB);
      const { userId, pmId } = c.req.valid("param");
      const user = await resolveUser(db, c.var.caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const removed = await removePaymentMethod(c.var.ctx, user.value.id, pmId);
      return removed.ok ? c.json({ success: true }) : refuse(c, removed.failure);
    },
  );
