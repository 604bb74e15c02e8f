import { Hono } from "hono";
import { type AuthEnv, requireAdmin } from "../auth/index.ts";
import { adminAuditRoutes } from "./audit-routes.ts";
import { adminCatalogRoutes } from "./catalog-routes.ts";
import { adminDriftRoutes } from "./drift-routes.ts";
import { adminEventRoutes, adminReconcileRoutes } from "./event-routes.ts";
import { adminMailRoutes } from "./mail-routes.ts";
import { adminModelRoutes } from "./model-routes.ts";
import { adminOrderRoutes } from "./order-routes.ts";
import { adminPlanRoutes } from "./plan-routes.ts";
import { adminRevenueRoutes, adminUsageRoutes } from "./report-routes.ts";
import { adminUserRoutes } from "./user-routes.ts";

/** `/api/admin`, for admins alone. */
export const adminRoutes = new Hono<AuthEnv>()
  .use(requireAdmin)
  .route("/audit", adminAuditRoutes)
  .route("/catalog", adminCatalogRoutes)
  .route("/drift", adminDriftRoutes)
  .route("/events", adminEventRoutes)
  .route("/mails", adminMailRoutes)
  .route("/models", adminModelRoutes)
  .route("/orders", adminOrderRoutes)
  .route("/plans", adminPlanRoutes)
  .route("/reconcile", adminReconcileRoutes)
  .route("/revenue", adminRevenueRoutes)
  .route("/usage", adminUsageRoutes)
  .route("/users", adminUserRoutes);
