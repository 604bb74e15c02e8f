import { and, desc, eq, inArray, isNotNull, isNull, lt, lte, type SQL } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { checkoutSessions, orders } from "../tables.ts";

export type Order = typeof orders.$inferSelect;
export type CheckoutSession = typeof checkoutSessions.$inferSelect;

/**
 * Rows made later have greater ids, so the newest come first. `before` is the last id of the page
 * before.
 */
interface ListQuery {
  /** null lists everyone's. */
  readonly userId: string | null;
  readonly limit: number;
  readonly before: string | undefined;
}

/**
 * Writes down a sale that is about to be offered, and the attempt to pay for it on a page,
 * together.
 */
export async function addOrder(
  db: Database,
  order: Order,
  session: CheckoutSession | null,
): Promise<void> {
  const adding = db.insert(orders).values(order);
  await db.batch(
    session === null ? [adding] : [adding, db.insert(checkoutSessions).values(session)],
  );
}

/**
 * Notes which page at Stripe an attempt is made on. @returns false when the attempt has ended
 * meanwhile
 */
export async function bindSession(
  db: Database,
  sessionId: string,
  stripe: { id: string; url: string },
): Promise<boolean> {
  const bound = await db
    .update(checkoutSessions)
    .set({ stripeId: stripe.id, url: stripe.url })
    .where(
      and(
        eq(checkoutSessions.id, sessionId),
        eq(checkoutSessions.status, "pending"),
        isNull(checkoutSessions.stripeId),
      ),
    )
    .returning({ id: checkoutSessions.id });
  return bound.length === 1;
}

export const findOrder = async (db: Database, orderId: string): Promise<Order | undefined> =>
  (await db.select().from(orders).where(eq(orders.id, orderId)))[0];

/** The order that a payment intent pays for, as far as that was written down. */
export const orderOfIntent = async (
  db: Database,
  paymentIntentId: string,
): Promise<Order | undefined> =>
  (
    await db.select().from(orders).where(eq(orders.stripePaymentIntentId, paymentIntentId)).limit(1)
  )[0];

export const findSession = async (
  db: Database,
  sessionId: string,
): Promise<CheckoutSession | undefined> =>
  (await db.select().from(checkoutSessions).where(eq(checkoutSessions.id, sessionId)))[0];

export const findSessionByStripeId = async (
  db: Database,
  stripeId: string,
): Promise<CheckoutSession | undefined> =>
  (await db.select().from(checkoutSessions).where(eq(checkoutSessions.stripeId, stripeId)))[0];

export const findSessionOfOrder = async (
  db: Database,
  orderId: string,
): Promise<CheckoutSession | undefined> =>
  (await db.select().from(checkoutSessions).where(eq(checkoutSessions.orderId, orderId)))[0];

const after = (
  column: typeof orders.id | typeof checkoutSessions.id,
  before: string | undefined,
): SQL | undefined => (before === undefined ? undefined : lt(column, before));

/** One more than `limit`, newest first. */
export const listOrders = (db: Database, { userId, limit, before }: ListQuery): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(and(userId === null ? undefined : eq(orders.userId, userId), after(orders.id, before)))
    .orderBy(desc(orders.id))
    .limit(limit + 1);

/** A session with what was sold on it. */
const SOLD = {
  session: checkoutSessions,
  title: orders.title,
  creditsMicrocredits: orders.creditsMicrocredits,
  quantity: orders.quantity,
};

export type SoldSession = Pick<Order, "title" | "creditsMicrocredits" | "quantity"> & {
  readonly session: CheckoutSession;
};

const soldWhere = (db: Database, where: SQL | undefined) =>
  db
    .select(SOLD)
    .from(checkoutSessions)
    .innerJoin(orders, eq(orders.id, checkoutSessions.orderId))
    .where(where);

export const soldSession = async (
  db: Database,
  sessionId: string,
): Promise<SoldSession | undefined> => (await soldWhere(db, eq(checkoutSessions.id, sessionId)))[0];

export const soldSessionByStripeId = async (
  db: Database,
  stripeId: string,
): Promise<SoldSession | undefined> =>
  (await soldWhere(db, eq(checkoutSessions.stripeId, stripeId)))[0];

/** One more than `limit`, newest first. */
export const listSessions = (
  db: Database,
  { userId, limit, before }: ListQuery,
): Promise<SoldSession[]> =>
  soldWhere(
    db,
    and(
      userId === null ? undefined : eq(checkoutSessions.userId, userId),
      after(checkoutSessions.id, before),
    ),
  )
    .orderBy(desc(checkoutSessions.id))
    .limit(limit + 1);

/** Stripe's ids of the pages on which a user may still be able to pay. */
export async function openPagesOf(db: Database, userId: string): Promise<string[]> {
  const isOpen = and(
    eq(checkoutSessions.userId, userId),
    eq(checkoutSessions.status, "pending"),
    isNotNull(checkoutSessions.stripeId),
  );
  const rows = await db
    .select({ stripeId: checkoutSessions.stripeId })
    .from(checkoutSessions)
    .where(isOpen);
  return rows.flatMap(({ stripeId }) => (stripeId === null ? [] : [stripeId]));
}

/** Orders that no event has settled in time, the longest due first. */
export const ordersDueForACheck = (db: Database, nowMs: number, limit: number): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(lte(orders.nextCheckAt, nowMs))
    .orderBy(orders.nextCheckAt)
    .limit(limit);

export async function checkAgainAt(db: Database, orderId: string, atMs: number): Promise<void> {
  await db
    .update(orders)
    .set({ nextCheckAt: atMs })
    .where(and(eq(orders.id, orderId), isNotNull(orders.nextCheckAt)));
}

/** How an attempt that brought nothing ended. */
interface Ending {
  readonly sessionStatus: "failed" | "canceled";
  readonly reason: string;
}

/**
 * Ends a pending order without delivery, and its session with it. An order in any other state stays
 * as it is.
 */
export async function failOrder(
  db: Database,
  orderId: string,
  { sessionStatus, reason }: Ending,
  nowMs: number,
): Promise<void> {
  await db.batch([
    db
      .update(orders)
      .set({ status: "failed", failureReason: reason, updatedAt: nowMs, nextCheckAt: null })
      .where(and(eq(orders.id, orderId), eq(orders.status, "pending"))),
    db
      .update(checkoutSessions)
      .set({ status: sessionStatus, processedAt: nowMs })
      .where(
        and(
          eq(checkoutSessions.orderId, orderId),
          inArray(checkoutSessions.status, ["pending", "processing"]),
        ),
      ),
  ]);
}

/** Notes that a delayed payment is under way. */
export async function markProcessing(db: Database, orderId: string): Promise<void> {
  await db
    .update(checkoutSessions)
    .set({ status: "processing" })
    .where(and(eq(checkoutSessions.orderId, orderId), eq(checkoutSessions.status, "pending")));
}
