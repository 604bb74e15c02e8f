import { z } from "zod";
import { requireCaller } from "../auth/index.ts";
import { licensed, limitPayments, salesOf } from "../billing/index.ts";
import { database } from "../db.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { accessTo, isOnMarket, NO_AGENT } from "./access.ts";
import { changeAgent } from "./change-agent.ts";
import { createAgent } from "./create-agent.ts";
import { updateAgentParams, marketQuery, createAgentParams, purchaseAgentParams } from "./data.ts";
import { deleteAgent } from "./delete-agent.ts";
import { licensedAgents } from "./licensed-agents.ts";
import { purchaseAgent } from "./purchase.ts";
import { marketCursor, readMarketCursor, wordsOf } from "./search.ts";
import { showFor, showListing, showOwn } from "./show.ts";
import { agentsOf, findAgent, listed } from "./store.ts";

const cursorOf = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}_[0-9a-f]{32}$`),
      "is not one that an earlier page gave as nextCursor",
    );
const ownQuery = pageQuery.extend({ cursor: cursorOf("agt").optional() });
const salesQuery = pageQuery.extend({ cursor: cursorOf("ord").optional() });

/** `/api/agents`, and `/api/characters`, which are the same by another name. */
export const agentRoutes = router()
  .get("/", requireCaller("read"), validate("query", ownQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const rows = await agentsOf(database(c.env.DB), c.var.caller.userId, { limit, before: cursor });
    return c.json(toPage(rows, limit, showOwn, (agent) => agent.id));
  })
  .post("/", requireCaller("write"), validate("json", createAgentParams), async (c) => {
    const made = await createAgent(c.env, c.var.caller.userId, c.req.valid("json"), Date.now());
    return made.ok ? c.json(showOwn(made.value), 201) : refuse(c, made.failure);
  })
  .get("/earnings", requireCaller("read"), validate("query", salesQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const page = await salesOf(database(c.env.DB), c.var.caller.userId, { limit, cursor });
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
    return c.json(await licensedAgents(database(c.env.DB), c.var.caller.userId, { limit, cursor }));
  })
  .get("/:id", requireCaller("read"), async (c) => {
    const db = database(c.env.DB);
    const { userId } = c.var.caller;
    const agent = await findAgent(db, c.req.param("id"));
    if (agent === undefined) return refuse(c, NO_AGENT.failure);
    const isOwn = agent.ownerId === userId && agent.state === "there";
    const access = accessTo(agent, userId, !isOwn && (await licensed(db, userId, agent.id)));
    if (access.ok) return c.json(showFor(agent, access.value));
    return isOnMarket(agent) ? c.json(showFor(agent, null)) : refuse(c, NO_AGENT.failure);
  })
  .patch("/:id", requireCaller("write"), validate("json", updateAgentParams), async (c) => {
    const changed = await changeAgent(
      c.env,
      c.var.caller.userId,
      c.req.param("id"),
      c.req.valid("json"),
      Date.now(),
    );
    return changed.ok ? c.json(showOwn(changed.value)) : refuse(c, changed.failure);
  })
  .delete("/:id", requireCaller("write"), async (c) => {
    const deleted = await deleteAgent(c.env, c.var.caller.userId, c.req.param("id"), Date.now());
    return deleted.ok ? c.body(null, 204) : refuse(c, deleted.failure);
  })
  .post(
    "/:id/purchase",
    requireCaller("write"),
    limitPayments,
    validate("json", purchaseAgentParams),
    async (c) => {
      const { env, var: vars } = c;
      const params = c.req.valid("json");
      const page = await purchaseAgent(
        env,
        vars.config,
        vars.caller.userId,
        c.req.param("id"),
        params,
        Date.now(),
      );
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  );

/** `/api/marketplace`: what is listed, for everybody. */
export const marketplaceRoutes = router()
  .get("/", validate("query", marketQuery), async (c) => {
    const { q, sort, limit, cursor } = c.req.valid("query");
    const after = readMarketCursor(cursor);
    if (!after.ok) return refuse(c, after.failure);
    const rows = await listed(database(c.env.DB), {
      words: wordsOf(q),
      sort,
      limit,
      after: after.value,
    });
    const page = toPage(
      rows,
      limit,
      ({ agent }) => showListing(agent),
      ({ key, agent }) => marketCursor({ key, id: agent.id }),
    );
    return c.json(page);
  })
  .get("/:id", async (c) => {
    const agent = await findAgent(database(c.env.DB), c.req.param("id"));
    return agent !== undefined && isOnMarket(agent)
      ? c.json(showListing(agent))
      : refuse(c, NO_AGENT.failure);
  });
