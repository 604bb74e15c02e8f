/** The front door of export: everything that a user has, as one document. See README.md. */
export { exportRoutes } from "./routes.ts";
