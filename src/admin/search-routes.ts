import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { validate } from "../http/validate.ts";
import { search } from "./search.ts";
import { searchHitView } from "./wire.ts";

const query = z.strictObject({ q: boundedText(254).trim().min(2) });

/** `/api/admin/search` */
export const adminSearchRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute(
    "Searches users by part of an email or name; users, orders and events by Farebox or " +
      "Stripe ID; API keys by prefix.",
    list(searchHitView),
    [],
  ),
  async (c) => {
    const data = await search(c.var.ctx, c.req.valid("query").q);
    return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
  },
);
