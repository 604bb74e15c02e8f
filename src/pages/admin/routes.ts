import { pageRouter } from "../context.ts";
import { stepUp } from "../step-up.ts";
import { adminsOnly } from "./admins-only.ts";
import { auditPage } from "./audit.tsx";
import { catalogPage, pushCatalog, sellPlan, useModel } from "./catalog.tsx";
import { driftPage, repairDrift } from "./drift.tsx";
import { eventPage, eventsPage, reconcileNow, replayEvent } from "./events.tsx";
import { changeModel, modelPage } from "./model.tsx";
import { orderPage, ordersPage, refundOrder } from "./orders.tsx";
import { overviewPage } from "./overview.tsx";
import { changePlan, planPage } from "./plan.tsx";
import { usagePage } from "./usage.tsx";
import { agreePlan, changeRole, giveCredits, userPage } from "./user.tsx";
import { usersPage } from "./users.tsx";

/** `/admin`: the operator's pages. For anybody else they are not there. */
export const adminPages = pageRouter()
  .use(adminsOnly)
  .get("/", overviewPage)
  .get("/users", usersPage)
  .get("/users/:id", userPage)
  .post("/users/:id/credits", giveCredits)
  .post("/users/:id/role", changeRole)
  .post("/users/:id/plan", agreePlan)
  .get("/usage", usagePage)
  .get("/orders", ordersPage)
  .get("/orders/:id", orderPage)
  .post("/orders/:id/refund", refundOrder)
  .get("/events", eventsPage)
  .get("/events/:id", eventPage)
  .post("/events/:id/replay", replayEvent)
  .post("/reconcile", reconcileNow)
  .get("/audit", auditPage)
  .get("/drift", driftPage)
  .post("/drift/:id/heal", repairDrift)
  .get("/catalog", catalogPage)
  .post("/catalog/push", pushCatalog)
  .get("/plans/:id", planPage)
  .post("/plans/:id", changePlan)
  .post("/plans/:id/activate", sellPlan(true))
  .post("/plans/:id/deactivate", sellPlan(false))
  .get("/models/:id", modelPage)
  .post("/models/:id", changeModel)
  .post("/models/:id/activate", useModel(true))
  .post("/models/:id/deactivate", useModel(false))
  .on(
    "GET",
    ["/users/:id/:form", "/orders/:id/:form", "/events/:id/:form", "/catalog/:form", "/reconcile"],
    stepUp,
  );
