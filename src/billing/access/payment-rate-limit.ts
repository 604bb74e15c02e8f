import { and, count, eq, lte, min, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { paymentRequests } from "../tables.ts";

/** So many payment requests a user may make in so long, at whatever moment one begins to count. */
export const PAYMENT_REQUESTS_MAX = 30;
export const WINDOW_MS = 15 * 60_000;

/**
 * Where a user stands after a request. `resetAt` (ms): when the oldest of those that count is
 * forgotten.
 */
export interface PaymentRateLimit {
  readonly isWithinLimit: boolean;
  readonly remaining: number;
  readonly resetAt: number;
}

/**
 * Counts one request of a user, unless there were 30 in the last 15 minutes.
 *
 * In D1, unlike the rate of chats, which the account object counts in memory: that one forgets when
 * the object is evicted, which takes little more than a minute, and would let far more through in a
 * quarter of an hour. Payments are rare, so rows for them are cheap. The batch is one transaction,
 * so of any number of requests at once exactly those within the limit are let through.
 */
export async function admitPaymentRequest(
  db: Database,
  userId: string,
  nowMs: number,
): Promise<PaymentRateLimit> {
  const isOwn = eq(paymentRequests.userId, userId);
  const rowIfWithinLimit = sql`select null, ${userId}, ${nowMs} where (select count(*) from ${paymentRequests} where ${isOwn}) < ${PAYMENT_REQUESTS_MAX}`;
  const [, admitted, [counted]] = await db.batch([
    db.delete(paymentRequests).where(and(isOwn, lte(paymentRequests.at, nowMs - WINDOW_MS))),
    db.insert(paymentRequests).select(rowIfWithinLimit).returning({ id: paymentRequests.id }),
    db
      .select({ made: count(), oldest: min(paymentRequests.at) })
      .from(paymentRequests)
      .where(isOwn),
  ]);
  return {
    isWithinLimit: admitted.length === 1,
    remaining: Math.max(0, PAYMENT_REQUESTS_MAX - (counted?.made ?? 0)),
    resetAt: (counted?.oldest ?? nowMs) + WINDOW_MS,
  };
}

/** Forgets requests that count no more, of users who made none since. */
export async function prunePaymentRequests(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<void> {
  const old = db
    .select({ id: paymentRequests.id })
    .from(paymentRequests)
    .where(lte(paymentRequests.at, nowMs - WINDOW_MS))
    .limit(limit);
  await db.delete(paymentRequests).where(sql`${paymentRequests.id} in ${old}`);
}
