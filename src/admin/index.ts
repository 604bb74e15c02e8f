/** The admin room's front door: the operator's routes, and what the cron does for them. */
export { PUSHES_MAX, pushEntitlements } from "./push-entitlements.ts";
export { adminRoutes } from "./routes.ts";
