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
  readonly cursor: string | undefined;
}

/**
 * Writes down a sale that is about to be offered, and the attempt to pay for it on a page,
 * together.
 */
export async function insertOrder(
  db: Database,
  order: Order,
  session: CheckoutSession | null,
): Promise<void> {
  const insertion = db.insert(orders).values(order);
  await db.batch(
    session === null ? [insertion] : [insertion, db.insert(checkoutSessions).values(session)],
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
export const findOrderByIntent = async (
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

const beyondCursor = (
  column: typeof orders.id | typeof checkoutSessions.id,
  cursor: string | undefined,
): SQL | undefined => (cursor === undefined ? undefined : lt(column, cursor));

/** One more than `limit`, newest first. */
export const listOrders = (db: Database, { userId, limit, cursor }: ListQuery): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(
      and(userId === null ? undefined : eq(orders.userId, userId), beyondCursor(orders.id, cursor)),
    )
    .orderBy(desc(orders.id))
    .limit(limit + 1);

/** A session with what was sold on it. */
const SESSION_WITH_ORDER_COLUMNS = {
  session: checkoutSessions,
  title: orders.title,
  creditsMicrocredits: orders.creditsMicrocredits,
  quantity: orders.quantity,
};

export type SessionWithOrder = Pick<Order, "title" | "creditsMicrocredits" | "quantity"> & {
  readonly session: CheckoutSession;
};

const selectSessionsWithOrder = (db: Database, where: SQL | undefined) =>
  db
    .select(SESSION_WITH_ORDER_COLUMNS)
    .from(checkoutSessions)
    .innerJoin(orders, eq(orders.id, checkoutSessions.orderId))
    .where(where);

export const findSessionWithOrder = async (
  db: Database,
  sessionId: string,
): Promise<SessionWithOrder | undefined> =>
  (await selectSessionsWithOrder(db, eq(checkoutSessions.id, sessionId)))[0];

export const findSessionWithOrderByStripeId = async (
  db: Database,
  stripeId: string,
): Promise<SessionWithOrder | undefined> =>
  (await selectSessionsWithOrder(db, eq(checkoutSessions.stripeId, stripeId)))[0];

/** One more than `limit`, newest first. */
export const listSessions = (
  db: Database,
  { userId, limit, cursor }: ListQuery,
): Promise<SessionWithOrder[]> =>
  selectSessionsWithOrder(
    db,
    and(
      userId === null ? undefined : eq(checkoutSessions.userId, userId),
      beyondCursor(checkoutSessions.id, cursor),
    ),
  )
    .orderBy(desc(checkoutSessions.id))
    .limit(limit + 1);

/** Stripe's ids of the pages on which a user may still be able to pay. */
export async function listOpenStripeSessionIds(db: Database, userId: string): Promise<string[]> {
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
export const listOrdersDueForCheck = (
  db: Database,
  nowMs: number,
  limit: number,
): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(lte(orders.nextCheckAt, nowMs))
    .orderBy(orders.nextCheckAt)
    .limit(limit);

export async function scheduleOrderCheck(
  db: Database,
  orderId: string,
  atMs: number,
): Promise<void> {
  await db
    .update(orders)
    .set({ nextCheckAt: atMs })
    .where(and(eq(orders.id, orderId), isNotNull(orders.nextCheckAt)));
}

/** How an attempt that brought nothing ended. */
interface OrderFailure {
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
  { sessionStatus, reason }: OrderFailure,
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
