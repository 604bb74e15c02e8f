import { Hono } from "hono";
import { z } from "zod";
import { record } from "../audit/index.ts";
import { type AuthEnv, findUser } from "../auth/index.ts";
import { createPortal, createWebhook } from "../billing/index.ts";
import { catalogData } from "../catalog/index.ts";
import type { Failure } from "../errors.ts";
import { describeRoute } from "../http/describe-route.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { loadCatalogByAdmin } from "./load-catalog.ts";
import { readShippedCatalog, SHIPPED_CATALOGS } from "./shipped-catalogs.ts";
import { showSetup } from "./show-setup.ts";
import { testMail, testUpstream } from "./test-parts.ts";
import {
  catalogLoadedView,
  portalCreatedView,
  setupView,
  shippedCatalogView,
  testResultView,
  webhookCreatedView,
} from "./wire.ts";

const upstreamTest = z.strictObject({ model: lineField(200).optional() });
const catalogBody = z.strictObject({ catalog: catalogData, only: z.boolean().default(false) });

/** The failures of a call to Stripe on the operator's behalf. */
const STRIPE_FAILURES = ["billing_unavailable"] as const;

const unknownCatalog = (name: string): Failure => ({
  code: "not_found",
  message: `There is no catalog ${name}. There is: ${SHIPPED_CATALOGS.join(", ")}.`,
});

/** `/api/admin/setup`: what is set up, and the steps that are left. */
export const adminSetupRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    describeRoute("Shows what is set up, and asks Stripe about it.", setupView, []),
    async (c) => c.json(await showSetup(c.var.ctx)),
  )
  .post(
    "/webhook",
    describeRoute(
      "Creates the webhook at Stripe, or repairs the one created here.",
      webhookCreatedView,
      ["conflict", ...STRIPE_FAILURES],
    ),
    async (c) => {
      const { ctx } = c.var;
      const created = await createWebhook(ctx);
      if (!created.ok) return refuse(c, created.failure);
      const { actor, db, nowMs } = ctx;
      await record(db, { actor, action: "webhook.created", subjectId: created.value }, nowMs);
      return c.json({ endpointId: created.value });
    },
  )
  .post(
    "/portal",
    describeRoute("Sets up Stripe's customer portal.", portalCreatedView, [...STRIPE_FAILURES]),
    async (c) => {
      const created = await createPortal(c.var.ctx.config);
      return created.ok ? c.json({ configurationId: created.value }) : refuse(c, created.failure);
    },
  )
  .post(
    "/upstreams/:name/test",
    validate("json", upstreamTest),
    describeRoute("Asks an upstream for a reply of 16 tokens at most.", testResultView, [
      "not_found",
      "invalid_request",
    ]),
    async (c) => {
      const { model } = c.req.valid("json");
      const tested = await testUpstream(c.var.ctx, c.req.param("name"), model);
      return tested.ok ? c.json(tested.value) : refuse(c, tested.failure);
    },
  )
  .post(
    "/mail/test",
    describeRoute("Sends a mail to the admin who asks, once a minute.", testResultView, [
      "conflict",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await findUser(ctx.db, caller.userId);
      const tested = await testMail(ctx, user?.email ?? "", requestLanguage(c));
      return tested.ok ? c.json(tested.value) : refuse(c, tested.failure);
    },
  )
  .get(
    "/catalogs/:name",
    describeRoute("Returns a catalog that comes with Farebox.", shippedCatalogView, ["not_found"]),
    async (c) => {
      const asked = c.req.param("name");
      const name = SHIPPED_CATALOGS.find((one) => one === asked);
      if (name === undefined) return refuse(c, unknownCatalog(asked.slice(0, 100)));
      const catalog = await readShippedCatalog(c.var.ctx.config, name);
      return c.json({ name, catalog: { ...catalog } });
    },
  )
  .post(
    "/catalog",
    validate("json", catalogBody),
    describeRoute("Loads a whole catalog, all or nothing.", catalogLoadedView, ["conflict"]),
    async (c) => {
      const { catalog, only } = c.req.valid("json");
      const loaded = await loadCatalogByAdmin(c.var.ctx, catalog, only);
      return loaded.ok ? c.json(loaded.value) : refuse(c, loaded.failure);
    },
  );
