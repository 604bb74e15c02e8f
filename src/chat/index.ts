/** The front door of chat: a paid completion. See README.md. */
export { chatRoutes } from "./routes.ts";
