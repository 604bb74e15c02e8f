import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { CreditAccount } from "./account/index.ts";

export default {
  fetch: app.fetch,
} satisfies ExportedHandler<Env>;
