import { PUSHES_MAX, pushEntitlements } from "./admin/index.ts";
import { releaseStaleSlots } from "./agents/index.ts";
import { finishErasures, pruneSessions } from "./auth/index.ts";
import {
  deleteErasedCustomers,
  endGracePeriods,
  pruneOrderKeys,
  prunePaymentRequests,
  recheckOpenOrders,
  reconcile,
  reportOverage,
  retryEvents,
} from "./billing/index.ts";
import { type Config, readConfig } from "./config.ts";
import { database, formatError } from "./db.ts";
import type { Env } from "./env.ts";

/**
 * How much each job does in a minute, so that one invocation stays within D1's 1000 queries. What
 * is left waits a minute.
 */
const ORDERS_MAX = 20;
const GRACE_PERIODS_MAX = 10;
const OVERAGE_REPORTS_MAX = 50;
const EVENTS_MAX = 15;
const RETRIES_MAX = 10;
const ERASURES_MAX = 20;
const ERASED_CUSTOMERS_MAX = 10;
const PAYMENT_REQUESTS_PRUNED_MAX = 500;
const SESSIONS_PRUNED_MAX = 500;
const AGENT_SLOTS_MAX = 20;

/** Younger events than this are left to the webhook, so that the cron does not run ahead of it. */
const MIN_EVENT_AGE_SECONDS = 120;

async function reconcileEvents(env: Env, config: Config, nowMs: number): Promise<void> {
  const result = await reconcile(env, config, nowMs, {
    eventsMax: EVENTS_MAX,
    minAgeSeconds: MIN_EVENT_AGE_SECONDS,
  });
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
}

/**
 * What a crash, an outage or a changed plan left to be done. Every job may be stopped anywhere and
 * run again.
 */
const JOBS: readonly {
  readonly name: string;
  readonly run: (env: Env, config: Config, nowMs: number) => Promise<unknown>;
}[] = [
  {
    name: "heal orders",
    run: (env, config, nowMs) => recheckOpenOrders(env, config, nowMs, ORDERS_MAX),
  },
  {
    name: "end graces",
    run: (env, config, nowMs) => endGracePeriods(env, config, nowMs, GRACE_PERIODS_MAX),
  },
  {
    name: "report overage",
    run: (env, config, nowMs) =>
      reportOverage(database(env.DB), config, nowMs, OVERAGE_REPORTS_MAX),
  },
  {
    name: "retry events",
    run: (env, config, nowMs) => retryEvents(env, config, nowMs, RETRIES_MAX),
  },
  { name: "reconcile", run: reconcileEvents },
  {
    name: "forget order keys",
    run: (env, _config, nowMs) => pruneOrderKeys(database(env.DB), nowMs),
  },
  { name: "push entitlements", run: (env) => pushEntitlements(env, PUSHES_MAX) },
  {
    name: "finish erasures",
    run: (env, _config, nowMs) => finishErasures(env, database(env.DB), nowMs, ERASURES_MAX),
  },
  {
    name: "end erased customers",
    run: (env, config, nowMs) =>
      deleteErasedCustomers(database(env.DB), config, nowMs, ERASED_CUSTOMERS_MAX),
  },
  {
    name: "free places of agents",
    run: (env, _config, nowMs) => releaseStaleSlots(env, nowMs, AGENT_SLOTS_MAX),
  },
  {
    name: "prune payment requests",
    run: (env, _config, nowMs) =>
      prunePaymentRequests(database(env.DB), nowMs, PAYMENT_REQUESTS_PRUNED_MAX),
  },
  {
    name: "prune sessions",
    run: (env, _config, nowMs) => pruneSessions(database(env.DB), nowMs, SESSIONS_PRUNED_MAX),
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
        JSON.stringify({ level: "error", at: "cron", job: job.name, error: formatError(error) }),
      );
    }
  }
}
