import { Hono } from "hono";
import { record } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { pushCatalog, pushResultView } from "../billing/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";

/** `/api/admin/catalog`: the catalog as a whole. */
export const adminCatalogRoutes = new Hono<AuthEnv>()
  // It reads nothing of the request, so it may be sent again at any time.
  .post(
    "/push",
    describeRoute("Pushes the catalog to Stripe.", pushResultView, ["billing_unavailable"]),
    async (c) => {
      const { ctx } = c.var;
      const pushed = await pushCatalog(ctx);
      if (!pushed.ok) return refuse(c, pushed.failure);
      const { changes, problems } = pushed.value;
      const entry = {
        actor: ctx.actor,
        action: "catalog.pushed",
        subjectId: "catalog",
        after: {
          changes: changes.map((change) => ({ ...change })),
          problems: problems.map((problem) => ({ ...problem })),
        },
      };
      await record(ctx.db, entry, ctx.nowMs);
      return c.json(pushed.value);
    },
  );
