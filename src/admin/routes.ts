import { Hono } from "hono";
import { type AuthEnv, requireAdmin } from "../auth/index.ts";
import { adminModelRoutes } from "./model-routes.ts";
import { adminPlanRoutes } from "./plan-routes.ts";

/** `/api/admin`: what only the operator may do. Everything here is behind `requireAdmin`. */
export const adminRoutes = new Hono<AuthEnv>()
  .use(requireAdmin)
  .route("/models", adminModelRoutes)
  .route("/plans", adminPlanRoutes);
