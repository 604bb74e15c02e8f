/** The front door of set-up: whether Farebox is ready, and what is left to do. See README.md. */
export { healthRoutes } from "./health-routes.ts";
export { adminSetupRoutes } from "./routes.ts";
