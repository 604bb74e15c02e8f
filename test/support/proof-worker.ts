/**
 * The Worker as it is, for plain workerd, which runs no cron: a request does, at the address that
 * wrangler has for it. An entry in place of src/index.ts.
 */
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";

export { CatchUp, ChatHistory, CreditAccount } from "../../src/index.ts";

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/cdn-cgi/handler/scheduled")
      return await worker.fetch(request, env, context);
    const controller = { scheduledTime: Date.now(), cron: "* * * * *", noRetry() {} };
    await worker.scheduled(controller, env);
    return new Response("ok");
  },
} satisfies ExportedHandler<Env>;
