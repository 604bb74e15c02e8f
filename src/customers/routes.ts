import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import {
  type AuthEnv,
  externalIdField,
  findExternalUser,
  listExternalUsers,
  type ManagementCaller,
  provisionExternalUser,
  requireAdminOr,
  requireManagementKey,
  updateExternalUser,
} from "../auth/index.ts";
import { eraseUser } from "../erasure/index.ts";
import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { pageQuery, timedCursor, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { withMetadata } from "../http/route-metadata.ts";
import { validate } from "../http/validate.ts";
import { beginCustomerSession } from "./begin-session.ts";
import { loadCustomer, loadCustomers } from "./show-customer.ts";
import { customerParams, customerSessionView, customerView, sessionParams } from "./wire.ts";

const path = z.object({ externalId: externalIdField });

/** Refuses a path whose percent-encoding is broken, of which nobody knows what it names. */
const requireEncodedId = withMetadata(
  createMiddleware<AuthEnv>(async (c, next) => {
    try {
      decodeURIComponent(c.req.path);
    } catch {
      const message =
        "externalId: must be percent-encoded UTF-8, such as %C3%A9 for é, and %25 for %.";
      return refuse(c, { code: "invalid_request", message, param: "externalId" });
    }
    await next();
    return undefined;
  }),
  { kind: "failures", failures: ["invalid_request"] },
);

const notFound = (externalId: string) =>
  fail("not_found", `There is no customer ${externalId}.`).failure;

const requireAdminOrUsers = requireAdminOr((method) =>
  method === "GET" ? ["users", "read"] : ["users"],
);

/** `/api/customers`: the users of the founder's own backend, by its ids. */
export const customerRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    requireAdminOrUsers,
    validate("query", pageQuery.extend({ cursor: timedCursor("usr_") }).strict()),
    describeRoute("Lists customers, newest first.", list(customerView), ["billing_unavailable"]),
    async (c) => {
      const { ctx } = c.var;
      const { limit, cursor } = c.req.valid("query");
      const rows = await listExternalUsers(ctx.db, limit, cursor);
      const page = toPage(
        rows,
        limit,
        (user) => user,
        (user) => `${user.createdAt}.${user.id}`,
      );
      const data = await loadCustomers(ctx, page.data);
      return data.ok ? c.json({ ...page, data: data.value }) : refuse(c, data.failure);
    },
  )
  .get(
    "/:externalId",
    requireAdminOrUsers,
    requireEncodedId,
    validate("param", path),
    describeRoute("Returns a customer.", customerView, ["not_found", "billing_unavailable"]),
    async (c) => {
      const { ctx } = c.var;
      const { externalId } = c.req.valid("param");
      const user = await findExternalUser(ctx.db, externalId);
      if (user === undefined) return refuse(c, notFound(externalId));
      const view = await loadCustomer(ctx, user);
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  )
  .put(
    "/:externalId",
    requireAdminOrUsers,
    requireEncodedId,
    validate("param", path),
    validate("json", customerParams),
    describeRoute(
      "Creates a customer, or updates the fields that are given.",
      customerView,
      ["billing_unavailable"],
      { status: 201, otherStatus: 200 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const { externalId } = c.req.valid("param");
      const profile = c.req.valid("json");
      const provisioned = await provisionExternalUser(ctx, externalId, profile);
      if (!provisioned.ok) return refuse(c, provisioned.failure);
      const { user, isNew } = provisioned.value;
      const updated = isNew ? user : await updateExternalUser(ctx, user, profile);
      if (updated === undefined) return refuse(c, notFound(externalId));
      const view = await loadCustomer(ctx, updated);
      return view.ok ? c.json(view.value, isNew ? 201 : 200) : refuse(c, view.failure);
    },
  )
  .delete(
    "/:externalId",
    requireAdminOrUsers,
    requireEncodedId,
    validate("param", path),
    describeRoute("Deletes a customer: the account, its contents, and personal data.", null, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const { externalId } = c.req.valid("param");
      const user = await findExternalUser(ctx.db, externalId);
      if (user === undefined) return refuse(c, notFound(externalId));
      const erased = await eraseUser(ctx, user.id);
      return erased.ok ? c.body(null, 204) : refuse(c, erased.failure);
    },
  );

/** `/api/sessions`: tokens with which customers call from a browser. */
export const customerSessionRoutes = new Hono<AuthEnv<ManagementCaller>>().post(
  "/",
  requireManagementKey("sessions"),
  validate("json", sessionParams),
  describeRoute(
    "Begins a session of a customer, who is created on first use.",
    customerSessionView,
    ["account_suspended", "billing_unavailable"],
    { status: 201 },
  ),
  async (c) => {
    const { ctx } = c.var;
    const terms = c.req.valid("json");
    const session = await beginCustomerSession(ctx, terms);
    if (!session.ok) return refuse(c, session.failure);
    const { user, accessToken } = session.value;
    const view = await loadCustomer(ctx, user);
    if (!view.ok) return refuse(c, view.failure);
    return c.json({ user: view.value, accessToken, expiresIn: terms.ttlSeconds }, 201);
  },
);
