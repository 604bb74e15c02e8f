import {
  and,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  or,
  type SQL,
} from "drizzle-orm";
import type { Database } from "../../db.ts";
import { MINUTE_MS } from "../../time.ts";
import { checkoutSessions, type ORDER_KINDS, orders } from "../tables.ts";

export type Order = typeof orders.$inferSelect;
export type CheckoutSession = typeof checkoutSessions.$inferSelect;

/** The time that an order is left to the webhook before the cron asks Stripe about it. */
export const FIRST_CHECK_MS = 10 * MINUTE_MS;

/** A page of a list, newest first: newer rows have greater ids. `cursor`: the last id shown. */
interface ListQuery {
  /** Null lists everyone's. */
  readonly userId: string | null;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/**
 * Inserts a sale that is about to be offered, and the attempt to pay it on a page, in one batch.
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
 * Records the page at Stripe of a checkout session.
 * @returns false when the session has ended meanwhile
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

export const findOrder = (db: Database, orderId: string): Promise<Order | undefined> =>
  db.select().from(orders).where(eq(orders.id, orderId)).get();

/** Finds the order that a payment intent pays, if that was recorded. */
export const findOrderByIntent = (
  db: Database,
  paymentIntentId: string,
): Promise<Order | undefined> =>
  db.select().from(orders).where(eq(orders.stripePaymentIntentId, paymentIntentId)).limit(1).get();

export const findSession = (
  db: Database,
  sessionId: string,
): Promise<CheckoutSession | undefined> =>
  db.select().from(checkoutSessions).where(eq(checkoutSessions.id, sessionId)).get();

export const findSessionByStripeId = (
  db: Database,
  stripeId: string,
): Promise<CheckoutSession | undefined> =>
  db.select().from(checkoutSessions).where(eq(checkoutSessions.stripeId, stripeId)).get();

export const findSessionOfOrder = (
  db: Database,
  orderId: string,
): Promise<CheckoutSession | undefined> =>
  db.select().from(checkoutSessions).where(eq(checkoutSessions.orderId, orderId)).get();

/** An order with the id at Stripe of its checkout session: null where it has none. */
export type OrderWithSession = Order & { readonly stripeSessionId: string | null };

/** Selects orders, newest first. An order has one checkout session at most. */
export const selectOrdersWithSession = (db: Database, where: SQL | undefined) =>
  db
    .select({ ...getTableColumns(orders), stripeSessionId: checkoutSessions.stripeId })
    .from(orders)
    .leftJoin(checkoutSessions, eq(checkoutSessions.orderId, orders.id))
    .where(where)
    .orderBy(desc(orders.id));

export const findOrderWithSession = (
  db: Database,
  orderId: string,
): Promise<OrderWithSession | undefined> =>
  selectOrdersWithSession(db, eq(orders.id, orderId)).get();

const beyondCursor = (
  column: typeof orders.id | typeof checkoutSessions.id,
  cursor: string | undefined,
): SQL | undefined => (cursor === undefined ? undefined : lt(column, cursor));

/** Lists up to `limit + 1` orders, newest first. */
export const listOrders = (
  db: Database,
  { userId, limit, cursor }: ListQuery,
): Promise<OrderWithSession[]> =>
  selectOrdersWithSession(
    db,
    and(userId === null ? undefined : eq(orders.userId, userId), beyondCursor(orders.id, cursor)),
  ).limit(limit + 1);

/** The columns of a session, and of the sale that it offers. */
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
    // A cross join keeps this order of the tables, so that the list is in the order of sessions.
    .crossJoin(orders)
    .where(and(eq(orders.id, checkoutSessions.orderId), where));

export const findSessionWithOrder = (
  db: Database,
  sessionId: string,
): Promise<SessionWithOrder | undefined> =>
  selectSessionsWithOrder(db, eq(checkoutSessions.id, sessionId)).get();

export const findSessionWithOrderByStripeId = (
  db: Database,
  stripeId: string,
): Promise<SessionWithOrder | undefined> =>
  selectSessionsWithOrder(db, eq(checkoutSessions.stripeId, stripeId)).get();

/** Lists up to `limit + 1` sessions, newest first. */
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

/** A page on which a user may still be able to pay. */
interface OpenPage {
  readonly stripeId: string;
  readonly orderId: string;
  readonly kind: (typeof ORDER_KINDS)[number];
  readonly currency: string;
}

/** Lists the pages on which a user may still be able to pay. */
export async function listOpenPages(db: Database, userId: string): Promise<OpenPage[]> {
  const isOpen = and(
    eq(checkoutSessions.userId, userId),
    eq(checkoutSessions.status, "pending"),
    isNotNull(checkoutSessions.stripeId),
  );
  const { stripeId: id, orderId: order, currency: of } = checkoutSessions;
  const rows = await db
    .select({ stripeId: id, orderId: order, kind: orders.kind, currency: of })
    .from(checkoutSessions)
    .innerJoin(orders, eq(orders.id, order))
    .where(isOpen);
  return rows.flatMap(({ stripeId, orderId, kind, currency }) =>
    stripeId === null ? [] : [{ stripeId, orderId, kind, currency }],
  );
}

/** Lists the orders whose check is due, the longest due first. */
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

/**
 * Claims the right to ask Stripe about an order that somebody waits for, which puts off the cron's
 * next check.
 * @param pauseMs the time for which nobody else asks
 * @returns false when the order is up to date, or was asked about just before
 */
export async function claimOrderCheck(
  db: Database,
  { id, createdAt }: Pick<Order, "id" | "createdAt">,
  { nowMs, pauseMs }: { nowMs: number; pauseMs: number },
): Promise<boolean> {
  const next = orders.nextCheckAt;
  // Whoever asks moves the check to just this time from now; a new order begins with it.
  const isNew = eq(next, createdAt + FIRST_CHECK_MS);
  const wasNotAsked = or(
    isNew,
    lte(next, nowMs + FIRST_CHECK_MS - pauseMs),
    gt(next, nowMs + FIRST_CHECK_MS),
  );
  const claimed = await db
    .update(orders)
    .set({ nextCheckAt: nowMs + FIRST_CHECK_MS })
    .where(and(eq(orders.id, id), wasNotAsked))
    .returning({ id: orders.id });
  return claimed.length > 0;
}

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

/** Has an order checked, by the next sync or by the cron from a time on, also where it is done. */
export async function requestOrderCheck(
  db: Database,
  orderId: string,
  atMs: number,
): Promise<void> {
  await db
    .update(orders)
    .set({ nextCheckAt: atMs })
    .where(and(eq(orders.id, orderId), isNull(orders.nextCheckAt)));
}

/** The end of an attempt that was not paid. */
interface OrderFailure {
  readonly sessionStatus: "failed" | "canceled";
  readonly reason: string;
}

/**
 * Fails a pending order, and ends its session with it. An order in any other state stays as it is.
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

/** Records that a delayed payment is under way. */
export async function markProcessing(db: Database, orderId: string): Promise<void> {
  await db
    .update(checkoutSessions)
    .set({ status: "processing" })
    .where(and(eq(checkoutSessions.orderId, orderId), eq(checkoutSessions.status, "pending")));
}
