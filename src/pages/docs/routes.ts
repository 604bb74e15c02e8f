import type { WireHandler } from "../api.ts";
import { pageRouter } from "../context.ts";
import { createDocsPages } from "./pages.tsx";

/**
 * `/docs`: the API's documentation, built from `/openapi.json` without scripts or other servers.
 * The operator's routes are shown to admins alone.
 */
export function docsPages(handleWire: WireHandler) {
  const pages = createDocsPages(handleWire);
  return pageRouter()
    .get("/", pages.introductionPage)
    .get("/search", pages.searchPage)
    .get("/objects", pages.objectsPage)
    .get("/:group", pages.groupPage);
}
