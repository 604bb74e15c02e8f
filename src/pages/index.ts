/** The front door of pages: the HTML that people see in a browser. */
export { pageRoutes } from "./routes.tsx";
export { setupProblemsPage, wantsPage } from "./setup-problems.tsx";
