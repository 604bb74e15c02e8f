import { and, eq, gt, lte, ne } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../time.ts";
import { FIRST_CHECK_MS } from "../orders/store.ts";
import { cursors, orders, stripeEvents } from "../tables.ts";
import { advanceCursor, findCursor } from "./cursor.ts";
import { FIRST_RETRY_DELAY_MS } from "./retry-schedule.ts";

/** The time, by our clock and in seconds, at which Stripe's list was last read to its end. */
const LAST_READ = "stripe events read";

/**
 * The pause between two reads of Stripe's events while nothing is amiss. Stripe allows an account
 * 10,000 reads a month and 500 for each of its transactions
 * (https://docs.stripe.com/rate-limits#api-read-request-allocations); a read takes two, so that
 * idling takes 5,760.
 */
const PAUSE_MS = 15 * MINUTE_MS;
/** The cron does not run to the second. */
const CRON_JITTER_MS = 30 * SECOND_MS;

/** The time for which a sale, or an event in the inbox, is left to the webhook. */
const LEFT_TO_WEBHOOK_MS = 2 * MINUTE_MS;
/** The time for which an open sale has Stripe's events read every minute. */
const SALE_WATCHED_MS = 15 * MINUTE_MS;
const FAILURE_WATCHED_MS = HOUR_MS;

/** Finds out whether a young sale is open for longer than a webhook takes. */
async function hasWaitingSale(db: Database, nowMs: number): Promise<boolean> {
  const found = await db
    .select({ id: orders.id })
    .from(orders)
    .where(
      and(
        lte(orders.nextCheckAt, nowMs + FIRST_CHECK_MS - LEFT_TO_WEBHOOK_MS),
        gt(orders.createdAt, nowMs - SALE_WATCHED_MS),
      ),
    )
    .limit(1);
  return found.length > 0;
}

/** Finds out whether an event of the last hour could not be handled, or a crash interrupted it. */
async function hasFailedEvent(db: Database, nowMs: number): Promise<boolean> {
  const found = await db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(
      and(
        lte(stripeEvents.nextTryAt, nowMs + FIRST_RETRY_DELAY_MS - LEFT_TO_WEBHOOK_MS),
        gt(stripeEvents.receivedAt, nowMs - FAILURE_WATCHED_MS),
        ne(stripeEvents.status, "processed"),
      ),
    )
    .limit(1);
  return found.length > 0;
}

/**
 * Decides whether the cron is to read Stripe's events now: every quarter of an hour, and every
 * minute while events may be missing. They may where the last read was not complete or found some
 * that no webhook had delivered, where a sale is open that was begun minutes ago, and where events
 * fail.
 */
export async function isReconcileDue({ db, nowMs }: Context): Promise<boolean> {
  const lastRead = await findCursor(db, LAST_READ);
  if (lastRead === null || nowMs - lastRead * SECOND_MS >= PAUSE_MS - CRON_JITTER_MS) return true;
  return (await hasWaitingSale(db, nowMs)) || (await hasFailedEvent(db, nowMs));
}

/** Records that Stripe's events were read to the end, and that none was missing. */
export const pauseReconcile = (ctx: Context): Promise<void> =>
  advanceCursor(ctx, LAST_READ, Math.floor(ctx.nowMs / SECOND_MS));

/** Has Stripe's events read at the cron's next run: something is amiss. */
export async function requestReconcile(db: Database): Promise<void> {
  await db.delete(cursors).where(eq(cursors.name, LAST_READ));
}
