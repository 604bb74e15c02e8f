import { finishSuspensions, PUSHES_MAX, pushEntitlements } from "./admin/index.ts";
import { releaseStaleSlots } from "./agents/index.ts";
import {
  mailAccountNotices,
  pruneChallenges,
  pruneSessions,
  pruneSignUpCounts,
  pruneSpentAllowances,
  pruneVerifications,
} from "./auth/index.ts";
import {
  checkDueSubscriptions,
  isReconcileDue,
  pauseReconcile,
  pruneCardDeclines,
  pruneOrderKeys,
  prunePaymentRequests,
  recheckOpenOrders,
  reconcile,
  reportOverage,
  retryEvents,
} from "./billing/index.ts";
import { noteCheck } from "./checks/index.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { database, formatError } from "./db.ts";
import type { Env } from "./env.ts";
import { endErasedUsers, finishErasures } from "./erasure/index.ts";
import { log } from "./log.ts";
import { pruneMails, sendDueMails } from "./mail/index.ts";
import { MINUTE_MS } from "./time.ts";

/**
 * The limits of each job in one invocation, so that it stays within D1's 1000 queries. The rest is
 * done in further invocations, or waits a minute.
 */
const ORDERS_MAX = 20;
const SUBSCRIPTIONS_MAX = 10;
const OVERAGE_REPORTS_MAX = 50;
const EVENTS_MAX = 15;
const RETRIES_MAX = 10;
const SUSPENSIONS_MAX = 10;
const ERASURES_MAX = 20;
const ERASED_CUSTOMERS_MAX = 10;
const PAYMENT_REQUESTS_PRUNED_MAX = 500;
const CARD_DECLINES_PRUNED_MAX = 500;
const SESSIONS_PRUNED_MAX = 500;
const AGENT_SLOTS_MAX = 20;
const NOTICES_MAX = 20;
const MAILS_MAX = 30;
const MAILS_PRUNED_MAX = 500;
const VERIFICATIONS_PRUNED_MAX = 500;
const CHALLENGES_PRUNED_MAX = 500;
const SIGN_UP_ROWS_PRUNED_MAX = 500;

/** Younger events are left to the webhook, so that the cron does not run ahead of it. */
const MIN_EVENT_AGE_SECONDS = 120;

/** A job of the cron. It may be stopped anywhere and run again. */
interface Job {
  readonly name: string;
  readonly run: (ctx: Context) => Promise<unknown>;
}

/** A job of which much may be left to do after a crash or an outage. */
interface CatchUpJob {
  readonly name: string;
  /** @returns whether its limit stopped it: the rest need not wait a minute */
  readonly run: (ctx: Context) => Promise<boolean>;
}

async function reconcileEvents(ctx: Context): Promise<boolean> {
  if (!(await isReconcileDue(ctx))) return false;
  const result = await reconcile(ctx, {
    eventsMax: EVENTS_MAX,
    minAgeSeconds: MIN_EVENT_AGE_SECONDS,
  });
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
  const { isComplete, missed } = result.value;
  if (isComplete && missed.length === 0) await pauseReconcile(ctx);
  return missed.length >= EVENTS_MAX;
}

async function retryFailedEvents(ctx: Context): Promise<boolean> {
  const { tried, settled } = await retryEvents(ctx, RETRIES_MAX);
  return tried >= RETRIES_MAX && settled > 0;
}

const CATCH_UP_JOBS: readonly CatchUpJob[] = [
  {
    name: "recheck orders",
    run: async (ctx) => (await recheckOpenOrders(ctx, ORDERS_MAX)) >= ORDERS_MAX,
  },
  { name: "retry events", run: retryFailedEvents },
  { name: "reconcile", run: reconcileEvents },
];

/** The jobs that finish what a crash, an outage or a changed plan left to do. */
const JOBS: readonly Job[] = [
  ...CATCH_UP_JOBS,
  { name: "check subscriptions", run: (ctx) => checkDueSubscriptions(ctx, SUBSCRIPTIONS_MAX) },
  { name: "report overage", run: (ctx) => reportOverage(ctx, OVERAGE_REPORTS_MAX) },
  { name: "prune order keys", run: ({ db, nowMs }) => pruneOrderKeys(db, nowMs) },
  { name: "push entitlements", run: (ctx) => pushEntitlements(ctx, PUSHES_MAX) },
  { name: "finish suspensions", run: (ctx) => finishSuspensions(ctx, SUSPENSIONS_MAX) },
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
    name: "mail account notices",
    run: async (ctx) => (await mailAccountNotices(ctx, NOTICES_MAX)).tried >= NOTICES_MAX,
  },
  {
    name: "send mails",
    run: async (ctx) => (await sendDueMails(ctx, MAILS_MAX)).tried >= MAILS_MAX,
  },
  { name: "prune mails", run: ({ db, nowMs }) => pruneMails(db, nowMs, MAILS_PRUNED_MAX) },
  {
    name: "prune verifications",
    run: ({ db, nowMs }) => pruneVerifications(db, nowMs, VERIFICATIONS_PRUNED_MAX),
  },
  {
    name: "prune challenges",
    run: ({ db, nowMs }) => pruneChallenges(db, nowMs, CHALLENGES_PRUNED_MAX),
  },
  {
    name: "prune sign-up counts",
    run: ({ db, nowMs }) => pruneSignUpCounts(db, nowMs, SIGN_UP_ROWS_PRUNED_MAX),
  },
  {
    name: "prune spent allowances",
    run: ({ db, nowMs }) => pruneSpentAllowances(db, nowMs, SIGN_UP_ROWS_PRUNED_MAX),
  },
  {
    name: "prune sessions",
    run: ({ db, nowMs }) => pruneSessions(db, nowMs, SESSIONS_PRUNED_MAX),
  },
];

const cronContext = (env: Env, nowMs: number): Context => ({
  env,
  db: database(env.DB),
  config: readConfig(env),
  nowMs,
  actor: { kind: "system", id: "cron" },
});

/** Runs jobs, one after the other. @returns whether one of them has more to do at once */
async function runJobs(ctx: Context, jobs: readonly Job[]): Promise<boolean> {
  let hasMore = false;
  for (const job of jobs) {
    try {
      if ((await job.run(ctx)) === true) hasMore = true;
    } catch (error) {
      log.error("cron.job_failed", { job: job.name, error: formatError(error) });
    }
  }
  return hasMore;
}

/**
 * Continues the jobs that heal sales after a crash or an outage, up to the limits of one run.
 * @returns whether there is still more to do
 */
export const catchUp = (env: Env, nowMs: number): Promise<boolean> =>
  runJobs(cronContext(env, nowMs), CATCH_UP_JOBS);

/** Notes that the cron runs, for `/health/ready`. */
const NOTE_RUN: Job = {
  name: "note run",
  run: ({ db, nowMs }) => noteCheck(db, "cron", null, nowMs),
};

/** The most continuations in one minute: an invocation may call 32 others at most. */
const CATCH_UPS_MAX = 20;

/**
 * Runs every job, one after the other. A job that fails is logged and does not keep the others from
 * running. Each minute begins with another job: where many have much to do and use up D1's queries,
 * no job waits for ever.
 * @param catchUpElsewhere runs `catchUp` in an invocation of its own; without it the rest waits for
 *   the next minute
 */
export async function runCron(
  env: Env,
  nowMs: number,
  catchUpElsewhere?: (nowMs: number) => Promise<boolean>,
): Promise<void> {
  const first = Math.floor(nowMs / MINUTE_MS) % JOBS.length;
  const jobs = [...JOBS.slice(first), ...JOBS.slice(0, first)];
  const ctx = cronContext(env, nowMs);
  let hasMore = await runJobs(ctx, jobs);
  await runJobs(ctx, [NOTE_RUN]);
  for (let runs = 0; hasMore && runs < CATCH_UPS_MAX; runs += 1)
    hasMore = (await catchUpElsewhere?.(nowMs)) ?? false;
}
