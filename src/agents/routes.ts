import { z } from "zod";
import { requireCaller } from "../auth/index.ts";
import { hasLicence, limitPayments, listSales } from "../billing/index.ts";
import { database } from "../db.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { AGENT_NOT_FOUND, decideAccess, isListed } from "./access.ts";
import { createAgent } from "./create-agent.ts";
import { deleteAgent } from "./delete-agent.ts";
import { listLicensedAgents } from "./list-licensed-agents.ts";
import { purchaseAgent } from "./purchase-agent.ts";
import {
  createAgentParams,
  marketplaceQuery,
  purchaseAgentParams,
  updateAgentParams,
} from "./schemas.ts";
import { formatMarketplaceCursor, parseMarketplaceCursor, parseSearchWords } from "./search.ts";
import { showAgentFor, showListing, showOwnAgent } from "./show.ts";
import { findAgent, listAgentsByOwner, listListedAgents } from "./store.ts";
import { updateAgent } from "./update-agent.ts";

const idCursor = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}_[0-9a-f]{32}$`),
      "is not one that an earlier page gave as nextCursor",
    );
const ownQuery = pageQuery.extend({ cursor: idCursor("agt").optional() });
const salesQuery = pageQuery.extend({ cursor: idCursor("ord").optional() });

/** `/api/agents`, and `/api/characters`, which are the same by another name. */
export const agentRoutes = router()
  .get("/", requireCaller("read"), validate("query", ownQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const rows = await listAgentsByOwner(database(c.env.DB), c.var.caller.userId, {
      limit,
      before: cursor,
    });
    return c.json(toPage(rows, limit, showOwnAgent, (agent) => agent.id));
  })
  .post("/", requireCaller("write"), validate("json", createAgentParams), async (c) => {
    const created = await createAgent(c.var.ctx, c.var.caller.userId, c.req.valid("json"));
    return created.ok ? c.json(showOwnAgent(created.value), 201) : refuse(c, created.failure);
  })
  .get("/earnings", requireCaller("read"), validate("query", salesQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const page = await listSales(database(c.env.DB), c.var.caller.userId, { limit, cursor });
    const data = page.data.map(({ kind: _kind, subjectId, shareMinor, ...sale }) => ({
      ...sale,
      agentId: subjectId,
      shareMinor,
      // Of what was paid, without taxes on top of the price.
      operatorShareMinor: Math.min(sale.paidMinor, sale.amountMinor) - shareMinor,
    }));
    return c.json({ ...page, data });
  })
  .get("/licensed", requireCaller("read"), validate("query", salesQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(
      await listLicensedAgents(database(c.env.DB), c.var.caller.userId, { limit, cursor }),
    );
  })
  .get("/:id", requireCaller("read"), async (c) => {
    const db = database(c.env.DB);
    const { userId } = c.var.caller;
    const agent = await findAgent(db, c.req.param("id"));
    if (agent === undefined) return refuse(c, AGENT_NOT_FOUND.failure);
    const isOwn = agent.ownerId === userId && agent.state === "there";
    const access = decideAccess(agent, userId, !isOwn && (await hasLicence(db, userId, agent.id)));
    if (access.ok) return c.json(showAgentFor(agent, access.value));
    return isListed(agent) ? c.json(showAgentFor(agent, null)) : refuse(c, AGENT_NOT_FOUND.failure);
  })
  .patch("/:id", requireCaller("write"), validate("json", updateAgentParams), async (c) => {
    const updated = await updateAgent(
      c.var.ctx,
      c.var.caller.userId,
      c.req.param("id"),
      c.req.valid("json"),
    );
    return updated.ok ? c.json(showOwnAgent(updated.value)) : refuse(c, updated.failure);
  })
  .delete("/:id", requireCaller("write"), async (c) => {
    const deleted = await deleteAgent(c.var.ctx, c.var.caller.userId, c.req.param("id"));
    return deleted.ok ? c.body(null, 204) : refuse(c, deleted.failure);
  })
  .post(
    "/:id/purchase",
    requireCaller("write"),
    limitPayments,
    validate("json", purchaseAgentParams),
    async (c) => {
      const params = c.req.valid("json");
      const page = await purchaseAgent(c.var.ctx, c.var.caller.userId, c.req.param("id"), params);
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  );

/** `/api/marketplace`: what is listed, for everybody. */
export const marketplaceRoutes = router()
  .get("/", validate("query", marketplaceQuery), async (c) => {
    const { q, sort, limit, cursor } = c.req.valid("query");
    const after = parseMarketplaceCursor(cursor);
    if (!after.ok) return refuse(c, after.failure);
    const rows = await listListedAgents(database(c.env.DB), {
      words: parseSearchWords(q),
      sort,
      limit,
      after: after.value,
    });
    const page = toPage(
      rows,
      limit,
      ({ agent }) => showListing(agent),
      ({ key, agent }) => formatMarketplaceCursor({ key, id: agent.id }),
    );
    return c.json(page);
  })
  .get("/:id", async (c) => {
    const agent = await findAgent(database(c.env.DB), c.req.param("id"));
    return agent !== undefined && isListed(agent)
      ? c.json(showListing(agent))
      : refuse(c, AGENT_NOT_FOUND.failure);
  });
