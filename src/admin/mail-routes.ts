import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile } from "../http/csv.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery } from "../http/page.ts";
import { validate } from "../http/validate.ts";
import { MAIL_STATES } from "../mail/index.ts";
import { AS_CSV, formatField, listAsCsv } from "./list-as-csv.ts";
import { loadMailPage, MAIL_COLUMNS } from "./mail-list.ts";
import { listedMailView } from "./wire.ts";

const query = pageQuery
  .extend({
    format: formatField,
    cursor: idCursor("mai"),
    state: z.enum(MAIL_STATES).optional(),
    userId: boundedText(255).min(1).optional(),
  })
  .strict();

/** `/api/admin/mails` */
export const adminMailRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute(
    "Lists recent mails without their content, as JSON or CSV.",
    list(listedMailView),
    [],
    AS_CSV,
  ),
  async (c) => {
    const { ctx } = c.var;
    const { format, ...params } = c.req.valid("query");
    if (format === "json") return c.json(await loadMailPage(ctx, params));
    const fetchPage = (limit: number, cursor = params.cursor) =>
      loadMailPage(ctx, { ...params, limit, cursor });
    return csvFile(c, "mails", await listAsCsv({ columns: MAIL_COLUMNS, fetchPage }));
  },
);
