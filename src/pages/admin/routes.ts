import { pageRouter } from "../context.ts";
import { redirectToParent } from "../redirect-to-parent.ts";
import { auditPage } from "./audit.tsx";
import { catalogPage, pushCatalog, setModelActive, setPlanActive } from "./catalog.tsx";
import { driftPage, repairDrift } from "./drift.tsx";
import { eventPage, eventsPage, reconcileNow, replayEvent } from "./events.tsx";
import { mailsPage } from "./mails.tsx";
import { modelPage, updateModel } from "./model.tsx";
import { orderPage, ordersPage, refundOrder } from "./orders.tsx";
import { overviewPage } from "./overview.tsx";
import { planPage, updatePlan } from "./plan.tsx";
import { requireAdmin } from "./require-admin.ts";
import { usagePage } from "./usage.tsx";
import { assignPlan, grantCredits, updateRole, userPage } from "./user.tsx";
import { usersPage } from "./users.tsx";

/** `/admin`: the operator's pages. Everybody but admins gets a 404. */
export const adminPages = pageRouter()
  .use(requireAdmin)
  .get("/", overviewPage)
  .get("/users", usersPage)
  .get("/users/:id", userPage)
  .post("/users/:id/credits", grantCredits)
  .post("/users/:id/role", updateRole)
  .post("/users/:id/plan", assignPlan)
  .get("/usage", usagePage)
  .get("/orders", ordersPage)
  .get("/orders/:id", orderPage)
  .post("/orders/:id/refund", refundOrder)
  .get("/events", eventsPage)
  .get("/events/:id", eventPage)
  .post("/events/:id/replay", replayEvent)
  .post("/reconcile", reconcileNow)
  .get("/audit", auditPage)
  .get("/mails", mailsPage)
  .get("/drift", driftPage)
  .post("/drift/:id/heal", repairDrift)
  .get("/catalog", catalogPage)
  .post("/catalog/push", pushCatalog)
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
    ["/users/:id/:form", "/orders/:id/:form", "/events/:id/:form", "/catalog/:form", "/reconcile"],
    redirectToParent,
  );
