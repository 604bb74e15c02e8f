import { Hono } from "hono";
import { auditEntryView, listAuditEntries, showAuditEntry } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";

const idFilter = boundedText(255).min(1).optional();

const query = pageQuery
  .extend({
    cursor: idCursor("aud"),
    subjectId: idFilter,
    userId: idFilter,
    action: boundedText(100)
      .regex(
        /^[a-z][a-z._]{0,99}$/,
        "must be an action or its beginning, such as order. or plan.updated",
      )
      .optional(),
    actorId: idFilter,
  })
  .strict();

/** `/api/admin/audit` */
export const adminAuditRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute("Lists the entries of the audit log, newest first.", list(auditEntryView), []),
  async (c) => {
    const params = c.req.valid("query");
    const entries = await listAuditEntries(c.var.ctx.db, params);
    return c.json(toPage(entries, params.limit, showAuditEntry, (entry) => entry.id));
  },
);
