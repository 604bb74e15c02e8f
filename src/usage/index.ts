/** The front door of usage: what a user sees of the own account. */
export { pageOfGrants } from "./grants.ts";
export { creditRoutes, openRouterRoutes, usageRoutes } from "./routes.ts";
export { showUsage } from "./show.ts";
