import { limitRequests } from "../auth/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { checkReadiness } from "./health.ts";
import { livenessView, readinessView } from "./wire.ts";

/** `/health`: for the operator's monitor. */
export const healthRoutes = router()
  .get(
    "/",
    describeRoute("Says that the Worker runs, and asks nothing else.", livenessView, []),
    (c) => c.json({ status: "ok" as const }),
  )
  .get(
    "/ready",
    limitRequests,
    describeRoute(
      "Says whether everything is ready that requests need (200), or something is not (503).",
      readinessView,
      [],
      { otherStatus: 503 },
    ),
    async (c) => {
      const readiness = await checkReadiness(c.var.ctx);
      return readiness.status === "ok" ? c.json(readiness) : c.json(readiness, 503);
    },
  );
