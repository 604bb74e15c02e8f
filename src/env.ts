import type { CreditAccount } from "./account/index.ts";
import type { ChatHistory } from "./conversations/index.ts";

/**
 * What wrangler.toml, secrets and `.dev.vars` give the Worker. Settings are read through
 * `config.ts`, never from here.
 */
export interface Env {
  readonly DB: D1Database;
  readonly CREDIT_ACCOUNT: DurableObjectNamespace<CreditAccount>;
  readonly CHAT_HISTORY: DurableObjectNamespace<ChatHistory>;
  readonly AUTH_RATE_LIMIT: RateLimit;
  /** Where a data point of each chat goes, if the operator wants them. */
  readonly CHAT_ANALYTICS?: AnalyticsEngineDataset;
}

declare global {
  namespace Cloudflare {
    interface Env {
      readonly DB: D1Database;
      readonly CREDIT_ACCOUNT: DurableObjectNamespace<CreditAccount>;
      readonly CHAT_HISTORY: DurableObjectNamespace<ChatHistory>;
      readonly AUTH_RATE_LIMIT: RateLimit;
      readonly CHAT_ANALYTICS?: AnalyticsEngineDataset;
    }
  }
}
