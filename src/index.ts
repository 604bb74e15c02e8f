import { exports, WorkerEntrypoint } from "cloudflare:workers";
import { app, chats, withPlainPath } from "./app.ts";
import { catchUp, runCron } from "./cron.ts";
import type { Env } from "./env.ts";

export { CreditAccount } from "./account/index.ts";
export { ChatHistory } from "./conversations/index.ts";

const CHAT = /^https?:\/\/[^/]+\/v1\/chat\/completions$/;
const isChat = ({ method, url }: Request): boolean => method === "POST" && CHAT.test(url);

/**
 * Continues the cron's work in an invocation of its own, which D1 lets make 1000 queries more
 * (https://developers.cloudflare.com/d1/platform/limits/). Nobody but this Worker can call it.
 */
export class CatchUp extends WorkerEntrypoint<Env> {
  run(nowMs: number): Promise<boolean> {
    return catchUp(this.env, nowMs);
  }
}

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    isChat(request)
      ? chats.fetch(request, env, context)
      : app.fetch(withPlainPath(request), env, context),
  scheduled: (_controller, env) => runCron(env, Date.now(), (nowMs) => exports.CatchUp.run(nowMs)),
} satisfies ExportedHandler<Env>;
