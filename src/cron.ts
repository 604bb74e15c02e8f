import { PUSHES_MAX, pushEntitlements } from "./admin/index.ts";
import { releaseStaleSlots } from "./agents/index.ts";
import { pruneSessions } from "./auth/index.ts";
import {
  endGracePeriods,
  pruneCardDeclines,
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
import { endErasedUsers, finishErasures } from "./erasure/index.ts";
import { log } from "./log.ts";
import { MINUTE_MS } from "./time.ts";

/**
 * The limits of each job in one minute, so that one invocation stays within D1's 1000 queries. The
 * rest waits a minute.
 */
const ORDERS_MAX = 20;
const GRACE_PERIODS_MAX = 10;
const OVERAGE_REPORTS_MAX = 50;
const EVENTS_MAX = 15;
const RETRIES_MAX = 10;
const ERASURES_MAX = 20;
const ERASED_CUSTOMERS_MAX = 10;
const PAYMENT_REQUESTS_PRUNED_MAX = 500;
const CARD_DECLINES_PRUNED_MAX = 500;
const SESSIONS_PRUNED_MAX = 500;
const AGENT_SLOTS_MAX = 20;

/** Younger events are left to the webhook, so that the cron does not run ahead of it. */
const MIN_EVENT_AGE_SECONDS = 120;

/** A job of the cron. It may be stopped anywhere and run again. */
interface Job {
  readonly name: string;
  readonly run: (ctx: Context) => Promise<unknown>;
}

async function reconcileEvents(ctx: Context): Promise<void> {
  const result = await reconcile(ctx, {
    eventsMax: EVENTS_MAX,
    minAgeSeconds: MIN_EVENT_AGE_SECONDS,
  });
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
}

/** The jobs that finish what a crash, an outage or a changed plan left to do. */
const JOBS: readonly Job[] = [
  { name: "recheck orders", run: (ctx) => recheckOpenOrders(ctx, ORDERS_MAX) },
  { name: "end grace periods", run: (ctx) => endGracePeriods(ctx, GRACE_PERIODS_MAX) },
  { name: "report overage", run: (ctx) => reportOverage(ctx, OVERAGE_REPORTS_MAX) },
  { name: "retry events", run: (ctx) => retryEvents(ctx, RETRIES_MAX) },
  { name: "reconcile", run: reconcileEvents },
  { name: "prune order keys", run: ({ db, nowMs }) => pruneOrderKeys(db, nowMs) },
  { name: "push entitlements", run: (ctx) => pushEntitlements(ctx, PUSHES_MAX) },
  { name: "finish erasures", run: (ctx) => finishErasures(ctx, ERASURES_MAX) },
  { name: "end erased users", run: (ctx) => endErasedUsers(ctx, ERASED_CUSTOMERS_MAX) },
  { name: "release agent slots", run: (ctx) => releaseStaleSlots(ctx, AGENT_SLOTS_MAX) },
  {
    name: "prune payment requests",
    run: ({ db, nowMs }) => prunePaymentRequests(db, nowMs, PAYMENT_REQUESTS_PRUNED_MAX),
  },
  {
    name: "prune card declines",
    run: ({ db, nowMs }) => pruneCardDeclines(db, nowMs, CARD_DECLINES_PRUNED_MAX),
  },
  {
    name: "prune sessions",
    run: ({ db, nowMs }) => pruneSessions(db, nowMs, SESSIONS_PRUNED_MAX),
  },
];

/**
 * Runs every job, one after the other. A job that fails is logged and does not keep the others from
 * running. Each minute begins with another job: where many have much to do and use up D1's queries,
 * no job waits for ever.
 */
export async function runCron(env: Env, nowMs: number): Promise<void> {
  const ctx: Context = {
    env,
    db: database(env.DB),
    config: readConfig(env),
    nowMs,
    actor: { kind: "system", id: "cron" },
  };
  const first = Math.floor(nowMs / MINUTE_MS) % JOBS.length;
  for (const job of [...JOBS.slice(first), ...JOBS.slice(0, first)]) {
    try {
      await job.run(ctx);
    } catch (error) {
      log.error("cron.job_failed", { job: job.name, error: formatError(error) });
    }
  }
}
