import { PUSHES_AT_ONCE, pushEntitlements } from "./admin/index.ts";
import { releaseStaleSlots } from "./agents/index.ts";
import { finishErasures, pruneSessions } from "./auth/index.ts";
import {
  deleteErasedCustomers,
  endGracePeriods,
  pruneOrderKeys,
  recheckOpenOrders,
  prunePaymentRequests,
  reconcile,
  reportOverage,
  retryEvents,
} from "./billing/index.ts";
import { type Config, readConfig } from "./config.ts";
import { database, wordsOf } from "./db.ts";
import type { Env } from "./env.ts";

/**
 * How much each job does in a minute, so that one invocation stays within D1's 1000 queries. What
 * is left waits a minute.
 */
const ORDERS = 20;
const GRACES = 10;
const OVERAGE = 50;
const EVENTS = 15;
const RETRIES = 10;
const ERASURES = 20;
const ERASED = 10;
const PAYMENT_REQUESTS = 500;
const SESSIONS = 500;
const PLACES = 20;

/** Younger events than this are left to the webhook, so that the cron does not run ahead of it. */
const LEAVE_SECONDS = 120;

async function catchUp(env: Env, config: Config, nowMs: number): Promise<void> {
  const done = await reconcile(env, config, nowMs, { eventsMax: EVENTS, minAgeSeconds: LEAVE_SECONDS });
  if (!done.ok) throw new Error(`${done.failure.code}: ${done.failure.message}`);
}

/**
 * What a crash, an outage or a changed plan left to be done. Every job may be stopped anywhere and
 * run again.
 */
const JOBS: readonly {
  readonly name: string;
  readonly run: (env: Env, config: Config, nowMs: number) => Promise<unknown>;
}[] = [
  { name: "heal orders", run: (env, config, nowMs) => recheckOpenOrders(env, config, nowMs, ORDERS) },
  { name: "end graces", run: (env, config, nowMs) => endGracePeriods(env, config, nowMs, GRACES) },
  {
    name: "report overage",
    run: (env, config, nowMs) => reportOverage(database(env.DB), config, nowMs, OVERAGE),
  },
  { name: "retry events", run: (env, config, nowMs) => retryEvents(env, config, nowMs, RETRIES) },
  { name: "reconcile", run: catchUp },
  {
    name: "forget order keys",
    run: (env, _config, nowMs) => pruneOrderKeys(database(env.DB), nowMs),
  },
  { name: "push entitlements", run: (env) => pushEntitlements(env, PUSHES_AT_ONCE) },
  {
    name: "finish erasures",
    run: (env, _config, nowMs) => finishErasures(env, database(env.DB), nowMs, ERASURES),
  },
  {
    name: "end erased customers",
    run: (env, config, nowMs) => deleteErasedCustomers(database(env.DB), config, nowMs, ERASED),
  },
  { name: "free places of agents", run: (env, _config, nowMs) => releaseStaleSlots(env, nowMs, PLACES) },
  {
    name: "prune payment requests",
    run: (env, _config, nowMs) => prunePaymentRequests(database(env.DB), nowMs, PAYMENT_REQUESTS),
  },
  {
    name: "prune sessions",
    run: (env, _config, nowMs) => pruneSessions(database(env.DB), nowMs, SESSIONS),
  },
];

/**
 * Runs every job, one after the other: one that fails keeps no other from running, and is logged.
 * Each minute begins with another one: should many have much to do at once, and use D1's queries
 * up, none waits for ever.
 */
export async function runCron(env: Env, nowMs: number): Promise<void> {
  const config = readConfig(env);
  const first = Math.floor(nowMs / 60_000) % JOBS.length;
  for (const job of [...JOBS.slice(first), ...JOBS.slice(0, first)]) {
    try {
      await job.run(env, config, nowMs);
    } catch (error) {
      console.error(
        JSON.stringify({ level: "error", at: "cron", job: job.name, error: wordsOf(error) }),
      );
    }
  }
}
