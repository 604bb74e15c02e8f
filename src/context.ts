import type { Actor } from "./actor.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db.ts";
import type { Env } from "./env.ts";

/**
 * Where to look at Stripe. Only a hint: what is found there is fetched, and decides.
 */
interface EventHint {
  /** The event's time, in ms since 1970. Others of that moment need no look of their own. */
  readonly atMs: number;
  /** The order that the metadata of the event's object names. */
  readonly orderId: string | null;
}

/**
 * Everything that a verb works with besides its own parameters. It is made once for each request
 * and for each run of the cron, and passed on.
 */
export interface Context {
  readonly env: Env;
  readonly db: Database;
  readonly config: Config;
  /** The moment at which the request or run began, in ms since 1970. */
  readonly nowMs: number;
  /** The one on whose behalf it is done. */
  readonly actor: Actor;
  /** The SHA-256 of the API key by which the actor came; absent when it came otherwise. */
  readonly keyHash?: string;
  /** The hint of the event that is being handled; absent without one. */
  readonly hint?: EventHint;
}
