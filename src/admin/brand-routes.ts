import { Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import {
  brandPatch,
  brandToAdminView,
  readChoices,
  showBrandToAdmin,
  updateBrand,
} from "../brand/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";

/** `/api/admin/brand` */
export const adminBrandRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    describeRoute("Returns the brand, and what it is made of.", brandToAdminView, []),
    async (c) => c.json(showBrandToAdmin(c.var.ctx, await readChoices(c.var.ctx.db))),
  )
  .patch(
    "/",
    validate("json", brandPatch),
    describeRoute("Changes the brand. Null returns to the setting.", brandToAdminView, [
      "invalid_request",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const updated = await updateBrand(ctx, c.req.valid("json"));
      return updated.ok ? c.json(showBrandToAdmin(ctx, updated.value)) : refuse(c, updated.failure);
    },
  );
