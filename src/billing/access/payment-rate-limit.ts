import { and, count, eq, lte, min, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { MINUTE_MS } from "../../time.ts";
import { paymentRequests } from "../tables.ts";

/** The number of payment requests that a user may make in any window of this length. */
export const PAYMENT_REQUESTS_MAX = 30;
export const WINDOW_MS = 15 * MINUTE_MS;

/**
 * A user's rate limit after a request. `resetAt` (ms): when the oldest request that counts leaves
 * the window.
 */
export interface PaymentRateLimit {
  readonly isWithinLimit: boolean;
  readonly remaining: number;
  readonly resetAt: number;
}

/**
 * Counts one request of a user, unless there were 30 in the last 15 minutes.
 *
 * Counts in D1, unlike the rate of chats, which the account object counts in memory. That one
 * forgets when the object is evicted, which takes little more than a minute, and would let far more
 * through in a quarter of an hour. Payments are rare, so rows for them are cheap. The batch is one
 * transaction, so of any number of concurrent requests exactly those within the limit pass.
 */
export async function admitPaymentRequest(
  db: Database,
  userId: string,
  nowMs: number,
): Promise<PaymentRateLimit> {
  const isOwn = eq(paymentRequests.userId, userId);
  const ownCount = sql`(select count(*) from ${paymentRequests} where ${isOwn})`;
  const rowIfWithinLimit = sql`select null, ${userId}, ${nowMs}
    where ${ownCount} < ${PAYMENT_REQUESTS_MAX}`;
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

/** Deletes requests that no longer count, of users who made none since. */
export async function prunePaymentRequests(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<void> {
  const expired = db
    .select({ id: paymentRequests.id })
    .from(paymentRequests)
    .where(lte(paymentRequests.at, nowMs - WINDOW_MS))
    .limit(limit);
  await db.delete(paymentRequests).where(sql`${paymentRequests.id} in ${expired}`);
}
