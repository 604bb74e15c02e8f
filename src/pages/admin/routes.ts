import { pageRouter } from "../context.ts";
import { redirectToParent } from "../redirect-to-parent.ts";
import { auditPage } from "./audit.tsx";
import { brandPage, updateBrand } from "./brand.tsx";
import { catalogPage, pushCatalog, setModelActive, setPlanActive } from "./catalog.tsx";
import { driftPage, repairDrift } from "./drift.tsx";
import { eventPage, replayEvent } from "./event.tsx";
import { eventsPage, reconcileNow } from "./events.tsx";
import { invoicePage, refundInvoice } from "./invoice.tsx";
import { mailsPage } from "./mails.tsx";
import {
  createManagementKey,
  managementKeysPage,
  revokeManagementKey,
} from "./management-keys.tsx";
import { createModel, modelPage, newModelPage, updateModel } from "./model.tsx";
import { createPlan, newPlanPage } from "./new-plan.tsx";
import { orderPage, refundOrder } from "./order.tsx";
import { ordersPage } from "./orders.tsx";
import { overviewPage } from "./overview.tsx";
import { planPage, updatePlan } from "./plan.tsx";
import { requireAdmin } from "./require-admin.ts";
import { searchPage } from "./search.tsx";
import {
  createPortal,
  createWebhook,
  loadCatalog,
  setupPage,
  testMail,
  testUpstream,
} from "./setup.tsx";
import { subscriptionPage } from "./subscription.tsx";
import { usagePage } from "./usage.tsx";
import { userPage } from "./user.tsx";
import {
  endSessions,
  removeUserApp,
  resumeUser,
  revokeUserKey,
  suspendUser,
} from "./user-access-actions.ts";
import { assignPlan, grantCredits, updateRole } from "./user-actions.ts";
import { usersPage } from "./users.tsx";

/** `/admin`: the operator's pages. Everybody but admins gets a 404. */
export const adminPages = pageRouter()
  .use(requireAdmin)
  .get("/", overviewPage)
  .get("/search", searchPage)
  .get("/users", usersPage)
  .get("/users/:id", userPage)
  .post("/users/:id/credits", grantCredits)
  .post("/users/:id/role", updateRole)
  .post("/users/:id/plan", assignPlan)
  .post("/users/:id/suspend", suspendUser)
  .post("/users/:id/resume", resumeUser)
  .post("/users/:id/totp", removeUserApp)
  .post("/users/:id/sessions", endSessions)
  .post("/users/:id/api-keys", revokeUserKey)
  .get("/usage", usagePage)
  .get("/orders", ordersPage)
  .get("/orders/:id", orderPage)
  .post("/orders/:id/refund", refundOrder)
  .get("/subscriptions/:id", subscriptionPage)
  .get("/invoices/:id", invoicePage)
  .post("/invoices/:id/refund", refundInvoice)
  .get("/events", eventsPage)
  .get("/events/:id", eventPage)
  .post("/events/:id/replay", replayEvent)
  .post("/reconcile", reconcileNow)
  .get("/audit", auditPage)
  .get("/brand", brandPage)
  .post("/brand", updateBrand)
  .get("/keys", managementKeysPage)
  .post("/keys", createManagementKey)
  .post("/keys/:id/revoke", revokeManagementKey)
  .get("/mails", mailsPage)
  .get("/setup", setupPage)
  .post("/setup/webhook", createWebhook)
  .post("/setup/portal", createPortal)
  .post("/setup/mail", testMail)
  .post("/setup/catalog", loadCatalog)
  .post("/setup/upstreams/:name", testUpstream)
  .get("/setup/upstreams/:name", (c) => c.redirect("/admin/setup", 303))
  .get("/drift", driftPage)
  .post("/drift/:id/heal", repairDrift)
  .get("/catalog", catalogPage)
  .post("/catalog/push", pushCatalog)
  .get("/new-plan", newPlanPage)
  .get("/new-model", newModelPage)
  .post("/plans", createPlan)
  .post("/models", createModel)
  .get("/plans/:id", planPage)
  .post("/plans/:id", updatePlan)
  .post("/plans/:id/activate", setPlanActive(true))
  .post("/plans/:id/deactivate", setPlanActive(false))
  .get("/models/:id", modelPage)
  .post("/models/:id", updateModel)
  .post("/models/:id/activate", setModelActive(true))
  .post("/models/:id/deactivate", setModelActive(false))
  .on(
    "GET",
    [
      "/users/:id/:form",
      "/orders/:id/:form",
      "/invoices/:id/:form",
      "/events/:id/:form",
      "/catalog/:form",
      "/reconcile",
      "/setup/:form",
      "/keys/:id/:form",
    ],
    redirectToParent,
  );
