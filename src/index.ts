import { app, chats, withPlainPath } from "./app.ts";
import { runCron } from "./cron.ts";
import type { Env } from "./env.ts";

export { CreditAccount } from "./account/index.ts";
export { ChatHistory } from "./conversations/index.ts";

const CHAT = /^https?:\/\/[^/]+\/v1\/chat\/completions$/;
const isChat = ({ method, url }: Request): boolean => method === "POST" && CHAT.test(url);

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    isChat(request)
      ? chats.fetch(request, env, context)
      : app.fetch(withPlainPath(request), env, context),
  scheduled: (_controller, env) => runCron(env, Date.now()),
} satisfies ExportedHandler<Env>;
