import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { lineField } from "../../http/text.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { ensureCustomer, fetchCustomer, updateCustomer } from "./customers.ts";
import { showCustomer } from "./show.ts";
import { customerView } from "./wire.ts";

const addressLine = lineField(200).optional();
const customerFields = {
  email: boundedText(320).check(z.email()).optional(),
  name: lineField(200).nullable().optional(),
  phone: lineField(20).nullable().optional(),
  address: z
    .strictObject({
      line1: addressLine,
      line2: addressLine,
      city: addressLine,
      state: addressLine,
      postalCode: lineField(20).optional(),
      country: boundedText(2, "must be a two-letter country code")
        .regex(/^[A-Za-z]{2}$/, "must be a two-letter country code")
        .toUpperCase()
        .optional(),
    })
    .nullable()
    .optional(),
};
const createBody = z.strictObject({ userId: boundedText(100).default("me"), ...customerFields });
const updateBody = z.strictObject(customerFields);

/** `/api/payments/customers`: users as customers at Stripe. */
export const customerRoutes = router()
  .post(
    "/",
    requireCaller("billing"),
    limitPayments,
    validate("json", createBody),
    describeRoute(
      "Creates the user's Stripe customer, or updates the existing one.",
      customerView,
      ["not_found", "stripe_refused", "billing_unavailable"],
      { status: 201, otherStatus: 200 },
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId, ...params } = c.req.valid("json");
      const user = await resolveUser(ctx.db, caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const before = await findCustomerId(ctx.db, user.value.id);
      const customer = await ensureCustomer(ctx, user.value, params);
      if (!customer.ok) return refuse(c, customer.failure);
      const status = customer.value.id === before ? 200 : 201;
      return c.json(showCustomer(user.value.id, customer.value), status);
    },
  )
  .get(
    "/:userId",
    requireCaller("read"),
    limitPayments,
    describeRoute("Returns the user's Stripe customer.", customerView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const customer = await fetchCustomer(ctx, user.value.id);
      return customer.ok
        ? c.json(showCustomer(user.value.id, customer.value))
        : refuse(c, customer.failure);
    },
  )
  .patch(
    "/:userId",
    requireCaller("billing"),
    limitPayments,
    validate("json", updateBody),
    describeRoute("Updates the user's Stripe customer.", customerView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const customer = await updateCustomer(ctx, user.value.id, c.req.valid("json"));
      return customer.ok
        ? c.json(showCustomer(user.value.id, customer.value))
        : refuse(c, customer.failure);
    },
  );
