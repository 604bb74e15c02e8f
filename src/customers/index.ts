/** The front door of customers: the users of the founder's own backend. See README.md. */
export { customerRoutes, customerSessionRoutes } from "./routes.ts";
