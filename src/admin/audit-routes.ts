import { Hono } from "hono";
import { z } from "zod";
import { listAuditEntries, showAuditEntry } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { database } from "../db.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";

const idFilter = z.string().min(1).max(255).optional();

const query = pageQuery
  .extend({
    cursor: z
      .string()
      .regex(/^aud_[0-9a-f]{32}$/, "is not a cursor of this list")
      .optional(),
    subjectId: idFilter,
    userId: idFilter,
    /** What the action begins with. */
    action: z
      .string()
      .regex(
        /^[a-z][a-z._]{0,99}$/,
        "must be an action or its beginning, such as order. or plan.updated",
      )
      .optional(),
    actorId: idFilter,
  })
  .strict();

/** `/api/admin/audit`: who did what, newest first. */
export const adminAuditRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    const entries = await listAuditEntries(database(c.env.DB), {
      ...filter,
      limit,
      before: cursor,
    });
    return c.json(toPage(entries, limit, showAuditEntry, (entry) => entry.id));
  },
);
