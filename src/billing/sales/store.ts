import { and, desc, eq, inArray, isNotNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import type { CheckoutSession, Order } from "../orders/store.ts";
import { checkoutSessions, orders } from "../tables.ts";

/** A thing that is bought once: an agent's licence, or one of the buyer's own conversations. */
export interface SaleSubject {
  readonly kind: "agent" | "conversation";
  readonly subjectId: string;
}

const isForSubject = (userId: string, { kind, subjectId }: SaleSubject): SQL | undefined =>
  and(eq(orders.subjectId, subjectId), eq(orders.userId, userId), eq(orders.kind, kind));

const hasOrder = async (db: Database, condition: SQL | undefined): Promise<boolean> =>
  (await db.select({ id: orders.id }).from(orders).where(condition).limit(1).get()) !== undefined;

/**
 * Returns whether a user has paid for something, and the money has not gone back. An order that was
 * paid and is just being delivered counts.
 */
export const hasPaidOrder = (
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<boolean> => {
  const isPaid = or(
    eq(orders.status, "completed"),
    and(eq(orders.status, "pending"), isNotNull(orders.paidAt)),
  );
  return hasOrder(db, and(isForSubject(userId, subject), isPaid));
};

/**
 * Returns whether a user has a completed order for something. That order is the licence: it ends
 * when the money goes back.
 */
export const hasCompletedOrder = (
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<boolean> =>
  hasOrder(db, and(isForSubject(userId, subject), eq(orders.status, "completed")));

/** Returns whether anybody has an order for something, in whatever state. */
export const isOrdered = (db: Database, { kind, subjectId }: SaleSubject): Promise<boolean> =>
  hasOrder(db, and(eq(orders.subjectId, subjectId), eq(orders.kind, kind)));

/** Lists a user's orders for something that can still be paid. */
export const listOpenOrders = (
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(and(isForSubject(userId, subject), eq(orders.status, "pending")));

/** A thing that was bought, and the newest order for it. */
export interface Purchase {
  readonly subjectId: string;
  readonly orderId: string;
}

/**
 * Lists the things of one kind that a user has bought, and whose money has not gone back, newest
 * first.
 * @param page `cursor`: the order's id of the last purchase of the previous page
 * @returns up to `limit + 1`
 */
export async function listPurchases(
  db: Database,
  userId: string,
  kind: SaleSubject["kind"],
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Purchase[]> {
  // Unary plus keeps a column from an index: of those of the user's kind every newer purchase would
  // be read for each row, of those of the subject only its own.
  const rows = await db
    .select({ subjectId: orders.subjectId, orderId: orders.id })
    .from(orders)
    .where(
      and(
        eq(orders.userId, userId),
        eq(orders.kind, kind),
        eq(orders.status, "completed"),
        isNotNull(orders.subjectId),
        cursor === undefined ? undefined : lt(orders.id, cursor),
        sql`not exists (
          select 1 from ${orders} as newer
          where newer.subject_id = ${orders.subjectId} and newer.user_id = ${userId}
            and newer.id > ${orders.id} and +newer.kind = ${kind} and +newer.status = 'completed'
        )`,
      ),
    )
    .orderBy(desc(orders.id))
    .limit(limit + 1);
  return rows.flatMap(({ subjectId, ...row }) =>
    subjectId === null ? [] : [{ subjectId, ...row }],
  );
}

/**
 * An attempt to buy something: the statuses of its order and of the order's checkout session, and
 * the session's id at Stripe.
 */
export interface PaymentAttempt {
  readonly subjectId: string | null;
  readonly order: Order["status"];
  readonly session: CheckoutSession["status"] | null;
  readonly stripeSessionId: string | null;
}

/** Lists a user's attempts to buy any of several things of one kind, newest first. */
export const listPaymentAttempts = (
  db: Database,
  userId: string,
  kind: SaleSubject["kind"],
  subjectIds: readonly string[],
): Promise<PaymentAttempt[]> =>
  db
    .select({
      subjectId: orders.subjectId,
      order: orders.status,
      session: checkoutSessions.status,
      stripeSessionId: checkoutSessions.stripeId,
    })
    .from(orders)
    .leftJoin(checkoutSessions, eq(checkoutSessions.orderId, orders.id))
    .where(
      and(inList(orders.subjectId, subjectIds), eq(orders.userId, userId), eq(orders.kind, kind)),
    )
    .orderBy(desc(orders.id));

/**
 * Lists a seller's orders that were paid, newest first.
 * @param page `cursor`: the id of the last order of the previous page
 * @returns up to `limit + 1`
 */
export const listOrdersOfSeller = (
  db: Database,
  sellerId: string,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.sellerId, sellerId),
        inArray(orders.status, ["completed", "refunded", "disputed"]),
        cursor === undefined ? undefined : lt(orders.id, cursor),
      ),
    )
    .orderBy(desc(orders.id))
    .limit(limit + 1);
