import { app } from "./app.ts";
import { runCron } from "./cron.ts";
import type { Env } from "./env.ts";

export { CreditAccount } from "./account/index.ts";
export { ChatHistory } from "./conversations/index.ts";

export default {
  fetch: app.fetch,
  scheduled: (_controller, env) => runCron(env, Date.now()),
} satisfies ExportedHandler<Env>;
