/**
 * The bindings that wrangler.toml gives the Worker. They are generated into
 * `worker-configuration.d.ts` by `npm run types`. Settings are read through `config.ts`, never from
 * here.
 */
export interface Env extends Cloudflare.Env {
  /** The data set that takes a data point for each chat, if the operator wants one. */
  readonly CHAT_ANALYTICS?: AnalyticsEngineDataset;
  /** Cloudflare's Email Service, if the operator sends mails by it. */
  readonly EMAIL?: SendEmail;
}
