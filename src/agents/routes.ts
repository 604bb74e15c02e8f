import { requireCaller } from "../auth/index.ts";
import { checkoutPageView, limitPayments, listSales } from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { AGENT_NOT_FOUND, isListed } from "./access.ts";
import { createAgent } from "./create-agent.ts";
import { deleteAgent } from "./delete-agent.ts";
import { listLicensedAgents } from "./list-licensed-agents.ts";
import { purchaseAgent } from "./purchase-agent.ts";
import { requireMarketplace } from "./require-marketplace.ts";
import { resolveAccess } from "./resolve-access.ts";
import {
  createAgentParams,
  marketplaceQuery,
  ordersQuery,
  ownAgentsQuery,
  purchaseAgentParams,
  updateAgentParams,
} from "./schemas.ts";
import { showAgentFor, showAgentSale, showListing, showOthersAgent, showOwnAgent } from "./show.ts";
import { showMarketplace } from "./show-marketplace.ts";
import { findAgent, listAgentsByOwner } from "./store.ts";
import { updateAgent } from "./update-agent.ts";
import {
  anyAgentView,
  earningsView,
  listedAgentView,
  othersAgentView,
  ownAgentView,
} from "./wire.ts";

/** `/api/agents`, and `/api/characters`, which are the same by another name. */
export const agentRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    validate("query", ownAgentsQuery),
    describeRoute("Lists the caller's agents, newest first.", list(ownAgentView), []),
    async (c) => {
      const { limit, cursor: before } = c.req.valid("query");
      const rows = await listAgentsByOwner(c.var.ctx.db, c.var.caller.userId, { limit, before });
      return c.json(toPage(rows, limit, showOwnAgent, (agent) => agent.id));
    },
  )
  .post(
    "/",
    requireCaller("write"),
    validate("json", createAgentParams),
    describeRoute(
      "Creates an agent, within the plan's allowance.",
      ownAgentView,
      ["model_not_found", "insufficient_quota", "limit_reached"],
      { status: 201 },
    ),
    async (c) => {
      const created = await createAgent(c.var.ctx, c.var.caller.userId, c.req.valid("json"));
      return created.ok ? c.json(showOwnAgent(created.value), 201) : refuse(c, created.failure);
    },
  )
  .get(
    "/earnings",
    requireCaller("read"),
    validate("query", ordersQuery),
    describeRoute("Lists the sales of the caller's agents, newest first.", earningsView, []),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const page = await listSales(c.var.ctx.db, c.var.caller.userId, { limit, cursor });
      return c.json({ ...page, data: page.data.map(showAgentSale) });
    },
  )
  .get(
    "/licensed",
    requireCaller("read"),
    validate("query", ordersQuery),
    describeRoute(
      "Lists the agents the caller has bought, newest first.",
      list(othersAgentView),
      [],
    ),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const { db } = c.var.ctx;
      return c.json(await listLicensedAgents(db, c.var.caller.userId, { limit, cursor }));
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    describeRoute("Returns an agent. Only its creator sees the system prompt.", anyAgentView, [
      "not_found",
    ]),
    async (c) => {
      const { db } = c.var.ctx;
      const agent = await findAgent(db, c.req.param("id"));
      if (agent === undefined) return refuse(c, AGENT_NOT_FOUND.failure);
      const access = await resolveAccess(db, c.var.caller.userId, agent);
      if (access.ok) return c.json(showAgentFor(agent, access.value));
      return isListed(agent)
        ? c.json(showOthersAgent(agent, null))
        : refuse(c, AGENT_NOT_FOUND.failure);
    },
  )
  .patch(
    "/:id",
    requireCaller("write"),
    validate("json", updateAgentParams),
    describeRoute("Updates an agent.", ownAgentView, [
      "not_found",
      "model_not_found",
      "insufficient_quota",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const updated = await updateAgent(ctx, caller.userId, c.req.param("id"), c.req.valid("json"));
      return updated.ok ? c.json(showOwnAgent(updated.value)) : refuse(c, updated.failure);
    },
  )
  .delete(
    "/:id",
    requireCaller("write"),
    describeRoute("Deletes an agent.", null, ["not_found"]),
    async (c) => {
      const deleted = await deleteAgent(c.var.ctx, c.var.caller.userId, c.req.param("id"));
      return deleted.ok ? c.body(null, 204) : refuse(c, deleted.failure);
    },
  )
  .post(
    "/:id/purchase",
    requireCaller("billing"),
    limitPayments,
    validate("json", purchaseAgentParams),
    describeRoute("Creates a checkout page for another user's agent.", checkoutPageView, [
      "not_found",
      "conflict",
      "already_purchased",
      "purchase_limit_exceeded",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const params = c.req.valid("json");
      const page = await purchaseAgent(c.var.ctx, c.var.caller.userId, c.req.param("id"), params);
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  );

/** `/api/marketplace`: listed agents, for everybody. */
export const marketplaceRoutes = router()
  .use(requireMarketplace)
  .get(
    "/",
    validate("query", marketplaceQuery),
    describeRoute("Lists the agents on the marketplace.", list(listedAgentView), ["not_found"]),
    async (c) => {
      return c.json(await showMarketplace(c.var.ctx, c.req.valid("query")));
    },
  )
  .get(
    "/:id",
    describeRoute("Returns a listed agent.", listedAgentView, ["not_found"]),
    async (c) => {
      const agent = await findAgent(c.var.ctx.db, c.req.param("id"));
      return agent !== undefined && isListed(agent)
        ? c.json(showListing(agent))
        : refuse(c, AGENT_NOT_FOUND.failure);
    },
  );
