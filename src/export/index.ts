/** The front door of export. See README.md. */
export { exportRoutes } from "./routes.ts";
