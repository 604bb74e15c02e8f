/** The front door of admin: the operator's routes, and a job of the cron. See README.md. */

export { PUSHES_MAX, pushEntitlements } from "./push-entitlements.ts";
export { adminRoutes } from "./routes.ts";
export { finishSuspensions } from "./settle-suspension.ts";
