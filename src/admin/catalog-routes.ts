import { Hono } from "hono";
import { record } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { pushCatalog } from "../billing/index.ts";
import { database } from "../db.ts";
import { refuse } from "../http/respond.ts";

/** `/api/admin/catalog`: the catalog as a whole. */
export const adminCatalogRoutes = new Hono<AuthEnv>()
  /**
   * Has Stripe hold the catalog as it is here. Nothing of the request's is read: it may be sent
   * again at any time.
   */
  .post("/push", async (c) => {
    const db = database(c.env.DB);
    const pushed = await pushCatalog(c.var.ctx);
    if (!pushed.ok) return refuse(c, pushed.failure);
    const { changes, problems } = pushed.value;
    const after = {
      changes: changes.map((one) => ({ ...one })),
      problems: problems.map((one) => ({ ...one })),
    };
    const { actor } = c.var.ctx;
    await record(db, { actor, action: "catalog.pushed", subjectId: "catalog", after }, Date.now());
    return c.json(pushed.value);
  });
