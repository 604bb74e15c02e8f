/** The front door of usage: what users see of their own account. */
export { iterateChats, iterateDailyUsage, iterateEntries, iterateGrants } from "./export.ts";
export { featureRoutes } from "./feature-routes.ts";
export { listGrants } from "./grants.ts";
export { creditRoutes, openRouterRoutes, usageRoutes } from "./routes.ts";
export { showCredits, showUsage } from "./show.ts";
export {
  balanceView,
  chatView,
  creditBalanceView,
  dailyUsageView,
  entryView,
  grantView,
  usageShape,
} from "./wire.ts";
