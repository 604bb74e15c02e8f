import { Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile } from "../http/csv.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery } from "../http/page.ts";
import { validate } from "../http/validate.ts";
import { AUDIT_COLUMNS, loadAuditPage } from "./audit-list.ts";
import { AS_CSV, formatField, listAsCsv } from "./list-as-csv.ts";
import { listedAuditEntryView } from "./wire.ts";

const idFilter = boundedText(255).min(1).optional();

const query = pageQuery
  .extend({
    format: formatField,
    cursor: idCursor("aud"),
    subjectId: idFilter,
    userId: idFilter,
    action: boundedText(100)
      .regex(
        /^[a-z][a-z._]{0,99}$/,
        "must be an action or its prefix, such as order. or plan.updated",
      )
      .optional(),
    actorId: idFilter,
  })
  .strict();

/** `/api/admin/audit` */
export const adminAuditRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute(
    "Lists the entries of the audit log, newest first; as CSV on request.",
    list(listedAuditEntryView),
    [],
    AS_CSV,
  ),
  async (c) => {
    const { ctx } = c.var;
    const { format, ...params } = c.req.valid("query");
    if (format === "json") return c.json(await loadAuditPage(ctx, params, { namesKeys: true }));
    const fetchPage = (limit: number, cursor = params.cursor) =>
      loadAuditPage(ctx, { ...params, limit, cursor }, { namesKeys: false });
    return csvFile(c, "audit", await listAsCsv({ columns: AUDIT_COLUMNS, fetchPage }));
  },
);
