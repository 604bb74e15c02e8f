import { and, desc, eq, inArray, isNotNull, lt, or, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import type { CheckoutSession, Order } from "../orders/store.ts";
import { checkoutSessions, orders } from "../tables.ts";

/** One thing that can be had once: an agent's licence, or one of the buyer's own conversations. */
export interface SaleSubject {
  readonly kind: "agent" | "conversation";
  readonly subjectId: string;
}

const matchesSubject = (userId: string, { kind, subjectId }: SaleSubject) =>
  and(eq(orders.subjectId, subjectId), eq(orders.userId, userId), eq(orders.kind, kind));

/**
 * Whether a user has bought something, and the money stands. One that was paid and is just being
 * delivered counts.
 */
export async function hasPaidOrder(
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<boolean> {
  const paid = or(
    eq(orders.status, "completed"),
    and(eq(orders.status, "pending"), isNotNull(orders.paidAt)),
  );
  const [order] = await db
    .select({ id: orders.id })
    .from(orders)
    .where(and(matchesSubject(userId, subject), paid))
    .limit(1);
  return order !== undefined;
}

/** A user's orders for something that can still be paid. */
export const listOpenOrders = (
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<Order[]> =>
  db
    .select()
    .from(orders)
    .where(and(matchesSubject(userId, subject), eq(orders.status, "pending")));

/**
 * Whether a user's order for something stands. It is the licence: it ends when the money goes back.
 */
export async function hasCompletedOrder(
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<boolean> {
  const [order] = await db
    .select({ id: orders.id })
    .from(orders)
    .where(and(matchesSubject(userId, subject), eq(orders.status, "completed")))
    .limit(1);
  return order !== undefined;
}

/** Something that was bought once, and the newest order for it. */
export interface Purchase {
  readonly subjectId: string;
  readonly orderId: string;
}

/**
 * One more than `limit` of what a user has bought of a kind, and the money stands, newest first.
 * `before` is an order's id.
 */
export async function listPurchases(
  db: Database,
  userId: string,
  kind: SaleSubject["kind"],
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Purchase[]> {
  const orderId = sql<string>`max(${orders.id})`;
  const rows = await db
    .select({ subjectId: orders.subjectId, orderId })
    .from(orders)
    .where(
      and(
        eq(orders.userId, userId),
        eq(orders.kind, kind),
        eq(orders.status, "completed"),
        isNotNull(orders.subjectId),
      ),
    )
    .groupBy(orders.subjectId)
    .having(cursor === undefined ? undefined : lt(orderId, cursor))
    .orderBy(desc(orderId))
    .limit(limit + 1);
  return rows.flatMap(({ subjectId, ...row }) =>
    subjectId === null ? [] : [{ subjectId, ...row }],
  );
}

/** One attempt to buy something: how its order stands, and its page. */
export interface PaymentAttempt {
  readonly subjectId: string | null;
  readonly order: Order["status"];
  readonly session: CheckoutSession["status"] | null;
}

/** A user's attempts to buy any of these things, the newest first. */
export async function listPaymentAttempts(
  db: Database,
  userId: string,
  kind: SaleSubject["kind"],
  subjectIds: readonly string[],
): Promise<PaymentAttempt[]> {
  // One parameter however many there are: D1 takes at most 100.
  const ids = JSON.stringify(subjectIds);
  return await db
    .select({ subjectId: orders.subjectId, order: orders.status, session: checkoutSessions.status })
    .from(orders)
    .leftJoin(checkoutSessions, eq(checkoutSessions.orderId, orders.id))
    .where(
      and(
        sql`${orders.subjectId} in (select value from json_each(${ids}))`,
        eq(orders.userId, userId),
        eq(orders.kind, kind),
      ),
    )
    .orderBy(desc(orders.id));
}

/**
 * One more than `limit` of what a seller sold, newest first. `before` is the last id of the page
 * before.
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
