import type { Context } from "hono";
import { chatRoutes } from "./chat/index.ts";
import { type BaseEnv, router } from "./http/factory.ts";
import { openApiRoutes } from "./openapi/index.ts";
import { pageRoutes } from "./pages/index.ts";
import { api, newChatWire } from "./wire.ts";

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
  .route("/", pageRoutes(api.fetch));

/**
 * The route of chats in a router of its own, which finds it in a map. Among all routes Hono needs
 * its `TrieRouter`, whose code V8 optimizes and throws away again for as long as it is busy
 * (measured by `--trace-deopt`).
 */
export const chats = newChatWire().route("/v1/chat", chatRoutes);
