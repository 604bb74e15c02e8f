import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";
import { listMails, MAIL_STATES, mailView, showMail } from "../mail/index.ts";

const query = pageQuery
  .extend({
    cursor: idCursor("mai"),
    state: z.enum(MAIL_STATES).optional(),
    userId: boundedText(255).min(1).optional(),
  })
  .strict();

/** `/api/admin/mails` */
export const adminMailRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute("Lists the mails of the last weeks without their content.", list(mailView), []),
  async (c) => {
    const params = c.req.valid("query");
    const mails = await listMails(c.var.ctx.db, params);
    return c.json(toPage(mails, params.limit, showMail, (mail) => mail.id));
  },
);
