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
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";
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

async function reconcileEvents(ctx: Context): Promise<void> {
  const result = await reconcile(ctx, {
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
  readonly run: (ctx: Context) => Promise<unknown>;
}[] = [
  {
    name: "heal orders",
    run: (ctx) => recheckOpenOrders(ctx, ORDERS_MAX),
  },
  {
    name: "end graces",
    run: (ctx) => endGracePeriods(ctx, GRACE_PERIODS_MAX),
  },
  {
    name: "report overage",
    run: (ctx) => reportOverage(ctx, OVERAGE_REPORTS_MAX),
  },
  {
    name: "retry events",
    run: (ctx) => retryEvents(ctx, RETRIES_MAX),
  },
  { name: "reconcile", run: reconcileEvents },
  {
    name: "forget order keys",
    run: ({ db, nowMs }) => pruneOrderKeys(db, nowMs),
  },
  { name: "push entitlements", run: ({ env }) => pushEntitlements(env, PUSHES_MAX) },
  {
    name: "finish erasures",
    run: (ctx) => finishErasures(ctx, ERASURES_MAX),
  },
  {
    name: "end erased customers",
    run: (ctx) => deleteErasedCustomers(ctx, ERASED_CUSTOMERS_MAX),
  },
  {
    name: "free places of agents",
    run: (ctx) => releaseStaleSlots(ctx, AGENT_SLOTS_MAX),
  },
  {
    name: "prune payment requests",
    run: ({ db, nowMs }) => prunePaymentRequests(db, nowMs, PAYMENT_REQUESTS_PRUNED_MAX),
  },
  {
    name: "prune sessions",
    run: ({ db, nowMs }) => pruneSessions(db, nowMs, SESSIONS_PRUNED_MAX),
  },
];

/**
 * Runs every job, one after the other: one that fails keeps no other from running, and is logged.
 * Each minute begins with another one: should many have much to do at once, and use D1's queries
 * up, none waits for ever.
 */
export async function runCron(env: Env, nowMs: number): Promise<void> {
  const ctx: Context = {
    env,
    db: database(env.DB),
    config: readConfig(env),
    nowMs,
    actor: { kind: "system", id: "cron" },
  };
  const first = Math.floor(nowMs / 60_000) % JOBS.length;
  for (const job of [...JOBS.slice(first), ...JOBS.slice(0, first)]) {
    try {
      await job.run(ctx);
    } catch (error) {
      console.error(
        JSON.stringify({ level: "error", at: "cron", job: job.name, error: formatError(error) }),
      );
    }
  }
}
