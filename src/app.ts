import type { Context } from "hono";
import { assetRoutes } from "./brand/index.ts";
import { chatRoutes } from "./chat/index.ts";
import { type BaseEnv, router } from "./http/factory.ts";
import { openApiRoutes } from "./openapi/index.ts";
import { pageRoutes, setupProblemsPage, wantsPage } from "./pages/index.ts";
import { answerError, api, failureOf, newChatWire } from "./wire.ts";

export { withPlainPath } from "./wire.ts";

/** Short paths, under which the same routes as under `/api` answer. No page has one of them. */
const aliasRoutes = router()
  .all("/stripe/checkout", (c) => fetchFromApi(c, "/api/checkout"))
  .on(
    ["ALL"],
    ["/plans", "/users", "/stripe-sessions"].flatMap((path) => [path, `${path}/*`]),
    (c) => fetchFromApi(c, `/api${c.req.path}`),
  );

function fetchFromApi(c: Context<BaseEnv>, path: string): Response | Promise<Response> {
  const url = new URL(c.req.url);
  const request = new Request(`${url.origin}${path}${url.search}`, c.req.raw);
  request.headers.set("x-request-id", c.var.requestId);
  return api.fetch(request, c.env, c.executionCtx);
}

/** Everything that the Worker answers: the wire, its description, and the pages that use it. */
export const app = api
  .route("/", openApiRoutes(api))
  .route("/", aliasRoutes)
  .route("/", assetRoutes)
  .route("/", pageRoutes(api.fetch));

// Whoever opens a page of a Farebox that is not set up reads what is missing.
app.onError((error, c) => {
  const { problems } = failureOf(error);
  return problems !== undefined && wantsPage(c)
    ? setupProblemsPage(c, problems)
    : answerError(error, c);
});

/**
 * The route of chats in a router of its own, which finds it in a map. Among all routes Hono needs
 * its `TrieRouter`, whose code V8 optimizes and throws away again for as long as it is busy
 * (measured by `--trace-deopt`).
 */
export const chats = newChatWire().route("/v1/chat", chatRoutes);
