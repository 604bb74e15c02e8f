import { Hono } from "hono";
import { z } from "zod";
import { listAudit, showAudit } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { database } from "../db.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";

const named = z.string().min(1).max(255).optional();

const query = pageQuery
  .extend({
    cursor: z
      .string()
      .regex(/^aud_[0-9a-f]{32}$/, "is not a cursor of this list")
      .optional(),
    subjectId: named,
    userId: named,
    /** What the action begins with. */
    action: z
      .string()
      .regex(
        /^[a-z][a-z._]{0,99}$/,
        "must be an action or its beginning, such as order. or plan.updated",
      )
      .optional(),
    actorId: named,
  })
  .strict();

/** `/api/admin/audit`: who did what, newest first. */
export const adminAuditRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  async (c) => {
    const { limit, cursor, ...wanted } = c.req.valid("query");
    const entries = await listAudit(database(c.env.DB), { ...wanted, limit, before: cursor });
    return c.json(toPage(entries, limit, showAudit, (entry) => entry.id));
  },
);
