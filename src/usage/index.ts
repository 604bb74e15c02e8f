/** The front door of usage: what a user sees of the own account. */
export { iterateChats, iterateDailyUsage, iterateEntries, iterateGrants } from "./export.ts";
export { listGrants } from "./grants.ts";
export { creditRoutes, openRouterRoutes, usageRoutes } from "./routes.ts";
export { showCredits, showUsage } from "./show.ts";
