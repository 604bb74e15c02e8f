import { and, count, eq, gte, isNotNull, isNull, lt, notExists, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Database } from "../../db.ts";
import { HOUR_MS } from "../../time.ts";
import { subscriptions, subscriptionTotals } from "../tables.ts";

/** A stretch of time, from the first millisecond on and before the second. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The subscriptions that began and ended in a stretch of time, and its trials. */
export interface SubscriptionCounts {
  /** Subscriptions whose paid time began: at once, or at the end of their trial. */
  readonly started: number;
  /** Paid subscriptions that ended. */
  readonly ended: number;
  /** The part of `ended` whose user had no other subscription at that time. */
  readonly churned: number;
  readonly trialsStarted: number;
  readonly trialsEnded: number;
  /** The part of `trialsEnded` that went on as a paid subscription. */
  readonly trialsConverted: number;
}

/** Stripe charges about an hour after a trial: what ended by then was never paid for. */
const TRIAL_SLACK_MS = HOUR_MS;

const { createdAt, endedAt, trialEnd, status } = subscriptions;

/** Whether a subscription was kept past its trial, if it had one. */
const wasKept = or(
  isNull(trialEnd),
  sql`${status} in ('active', 'past_due', 'unpaid')`,
  sql`${endedAt} > ${trialEnd} + ${TRIAL_SLACK_MS}`,
);
/** Whether the first payment was made, or a trial begun. */
const wasBegun = sql`${status} not in ('incomplete', 'incomplete_expired')`;

/** Counts what began and ended, reading only the subscriptions of that time. */
export async function countSubscriptions(
  db: Database,
  { fromMs, toMs }: TimeRange,
): Promise<SubscriptionCounts> {
  const other = alias(subscriptions, "other");
  const hasNoOther = notExists(
    db
      .select({ id: other.id })
      .from(other)
      .where(
        and(
          eq(other.userId, subscriptions.userId),
          sql`${other.id} <> ${subscriptions.id}`,
          sql`${other.createdAt} <= ${endedAt}`,
          sql`(${other.endedAt} is null or ${other.endedAt} > ${endedAt})`,
          sql`${other.status} not in ('incomplete', 'incomplete_expired', 'paused')`,
        ),
      ),
  );
  const endedThen = and(
    isNotNull(endedAt),
    gte(endedAt, fromMs),
    lt(endedAt, toMs),
    wasBegun,
    wasKept,
  );
  const createdThen = and(gte(createdAt, fromMs), lt(createdAt, toMs), wasBegun);
  const trialEndedThen = and(isNotNull(trialEnd), gte(trialEnd, fromMs), lt(trialEnd, toMs));
  const number = { count: count() };
  const from = () => db.select(number).from(subscriptions);
  const [direct, kept, ended, churned, trialsStarted, trialsEnded] = await db.batch([
    from().where(and(createdThen, isNull(trialEnd))),
    from().where(and(trialEndedThen, wasKept)),
    from().where(endedThen),
    from().where(and(endedThen, hasNoOther)),
    from().where(and(createdThen, isNotNull(trialEnd))),
    from().where(trialEndedThen),
  ]);
  const converted = kept[0]?.count ?? 0;
  return {
    started: (direct[0]?.count ?? 0) + converted,
    ended: ended[0]?.count ?? 0,
    churned: churned[0]?.count ?? 0,
    trialsStarted: trialsStarted[0]?.count ?? 0,
    trialsEnded: trialsEnded[0]?.count ?? 0,
    trialsConverted: converted,
  };
}

/** Counts the subscriptions that are paid for now: active, or with a payment that is retried. */
export async function countActiveSubscriptions(db: Database): Promise<number> {
  const rows = await db.select().from(subscriptionTotals);
  return rows.reduce((total, row) => total + row.subscriptions, 0);
}
