import { Hono } from "hono";
import { type AuthEnv, requireAdminOr } from "../auth/index.ts";
import { adminSetupRoutes } from "../setup/index.ts";
import { adminAccessRoutes } from "./access-routes.ts";
import { adminAttentionRoutes } from "./attention-routes.ts";
import { adminAuditRoutes } from "./audit-routes.ts";
import { adminBrandRoutes } from "./brand-routes.ts";
import { adminCatalogRoutes } from "./catalog-routes.ts";
import { adminDriftRoutes } from "./drift-routes.ts";
import { adminEventRoutes, adminReconcileRoutes } from "./event-routes.ts";
import { adminMailRoutes } from "./mail-routes.ts";
import { managementScopesOf } from "./management-access.ts";
import { adminManagementKeyRoutes } from "./management-key-routes.ts";
import { adminModelRoutes } from "./model-routes.ts";
import { adminOrderRoutes } from "./order-routes.ts";
import { adminPlanRoutes } from "./plan-routes.ts";
import { adminRevenueRoutes, adminUsageRoutes } from "./report-routes.ts";
import { adminDisputeRoutes, adminInvoiceRoutes, adminSubscriptionRoutes } from "./sale-routes.ts";
import { adminSearchRoutes } from "./search-routes.ts";
import { adminStatsRoutes } from "./stats-routes.ts";
import { adminSuspensionRoutes } from "./suspension-routes.ts";
import { adminUpstreamRoutes } from "./upstream-routes.ts";
import { adminUserRoutes } from "./user-routes.ts";

/** `/api/admin`, for admins, and in part for management keys: see `management-access.ts`. */
export const adminRoutes = new Hono<AuthEnv>()
  .use(requireAdminOr(managementScopesOf))
  .route("/attention", adminAttentionRoutes)
  .route("/audit", adminAuditRoutes)
  .route("/brand", adminBrandRoutes)
  .route("/catalog", adminCatalogRoutes)
  .route("/drift", adminDriftRoutes)
  .route("/events", adminEventRoutes)
  .route("/disputes", adminDisputeRoutes)
  .route("/invoices", adminInvoiceRoutes)
  .route("/mails", adminMailRoutes)
  .route("/management-keys", adminManagementKeyRoutes)
  .route("/models", adminModelRoutes)
  .route("/orders", adminOrderRoutes)
  .route("/plans", adminPlanRoutes)
  .route("/reconcile", adminReconcileRoutes)
  .route("/revenue", adminRevenueRoutes)
  .route("/search", adminSearchRoutes)
  .route("/stats", adminStatsRoutes)
  .route("/subscriptions", adminSubscriptionRoutes)
  .route("/setup", adminSetupRoutes)
  .route("/upstreams", adminUpstreamRoutes)
  .route("/usage", adminUsageRoutes)
  .route("/users", adminUserRoutes)
  .route("/users", adminSuspensionRoutes)
  .route("/users", adminAccessRoutes);
