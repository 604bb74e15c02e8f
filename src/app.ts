import { chatRoutes } from "./chat/index.ts";
import { openApiRoutes } from "./openapi/index.ts";
import { pageRoutes } from "./pages/index.ts";
import { api, newChatWire } from "./wire.ts";

export { withPlainPath } from "./wire.ts";

/** Everything that the Worker answers: the wire, its description, and the pages that use it. */
export const app = api.route("/", openApiRoutes(api)).route("/", pageRoutes(api.fetch));

/**
 * The route of chats in a router of its own, which finds it in a map. Among all routes Hono needs
 * its `TrieRouter`, whose code V8 optimizes and throws away again for as long as it is busy
 * (measured by `--trace-deopt`).
 */
export const chats = newChatWire().route("/v1/chat", chatRoutes);
