/** The front door of usage: what a user sees of the own account. */
export { everyChat, everyDay, everyEntry, everyGrant } from "./every.ts";
export { pageOfGrants } from "./grants.ts";
export { creditRoutes, openRouterRoutes, usageRoutes } from "./routes.ts";
export { showCredits, showUsage } from "./show.ts";
