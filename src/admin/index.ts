/** The admin room's front door: the operator's routes, and what the cron does for them. */
export { PUSHES_AT_ONCE, pushEntitlements } from "./push-entitlements.ts";
export { adminRoutes } from "./routes.ts";
