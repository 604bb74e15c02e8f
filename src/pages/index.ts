/** The front door of pages: what a person sees in a browser. */
export { pageRoutes } from "./routes.tsx";
