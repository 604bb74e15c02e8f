import { eq } from "drizzle-orm";
import { findPlanNames } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import {
  checkoutSessions,
  customers,
  orders,
  subscriptionInvoices,
  subscriptions,
} from "../tables.ts";

/** A sale, or a customer, that an id of ours or of Stripe's names. */
export interface SoldObject {
  /** The id that was looked up. */
  readonly namedBy: string;
  readonly kind: "order" | "subscription" | "invoice" | "customer";
  readonly id: string;
  readonly userId: string;
  /** The name of what was sold; null for a customer. */
  readonly title: string | null;
  readonly status: string | null;
}

type Lookup = (db: Database, ids: readonly string[]) => Promise<SoldObject[]>;

const ORDER = { id: orders.id, userId: orders.userId, title: orders.title, status: orders.status };

const findOrders: Lookup = async (db, ids) => {
  const rows = await db.select(ORDER).from(orders).where(inList(orders.id, ids));
  return rows.map((row) => ({ ...row, kind: "order", namedBy: row.id }));
};

const findOrdersOfIntents: Lookup = async (db, ids) => {
  const namedBy = orders.stripePaymentIntentId;
  const rows = await db
    .select({ ...ORDER, namedBy })
    .from(orders)
    .where(inList(namedBy, ids));
  return rows.map((row) => ({ ...row, kind: "order", namedBy: row.namedBy ?? "" }));
};

const findOrdersOfSessions =
  (column: typeof checkoutSessions.id | typeof checkoutSessions.stripeId): Lookup =>
  async (db, ids) => {
    const rows = await db
      .select({ ...ORDER, namedBy: column })
      .from(checkoutSessions)
      .innerJoin(orders, eq(orders.id, checkoutSessions.orderId))
      .where(inList(column, ids));
    return rows.map((row) => ({ ...row, kind: "order", namedBy: row.namedBy ?? "" }));
  };

const findInvoicesBy =
  (
    column: typeof subscriptionInvoices.id | typeof subscriptionInvoices.stripePaymentIntentId,
  ): Lookup =>
  async (db, ids) => {
    const { id, userId, title, status } = subscriptionInvoices;
    const rows = await db
      .select({ id, userId, title, status, namedBy: column })
      .from(subscriptionInvoices)
      .where(inList(column, ids));
    return rows.map((row) => ({ ...row, kind: "invoice", namedBy: row.namedBy ?? "" }));
  };

const findSubscriptions: Lookup = async (db, ids) => {
  const { id, userId, planId, status } = subscriptions;
  const rows = await db
    .select({ id, userId, planId, status })
    .from(subscriptions)
    .where(inList(id, ids));
  const names = await findPlanNames(
    db,
    rows.map((row) => row.planId),
  );
  return rows.map((row) => ({
    kind: "subscription",
    namedBy: row.id,
    id: row.id,
    userId: row.userId,
    title: names.get(row.planId) ?? row.planId,
    status: row.status,
  }));
};

const findCustomers: Lookup = async (db, ids) => {
  const { stripeCustomerId: id, userId } = customers;
  const rows = await db.select({ id, userId }).from(customers).where(inList(id, ids));
  return rows.map((row) => ({
    ...row,
    kind: "customer",
    namedBy: row.id,
    title: null,
    status: null,
  }));
};

/** The lookups of each kind of id, by its prefix. */
const LOOKUPS: Readonly<Record<string, readonly Lookup[]>> = {
  ord: [findOrders],
  css: [findOrdersOfSessions(checkoutSessions.id)],
  cs: [findOrdersOfSessions(checkoutSessions.stripeId)],
  pi: [findOrdersOfIntents, findInvoicesBy(subscriptionInvoices.stripePaymentIntentId)],
  in: [findInvoicesBy(subscriptionInvoices.id)],
  sub: [findSubscriptions],
  cus: [findCustomers],
};

const prefixOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf("_")));

/**
 * Finds the sales and customers that ids of ours or of Stripe's name: of orders, checkout sessions,
 * payment intents, invoices, subscriptions and customers. Other ids name none.
 */
export async function findSoldObjects(
  db: Database,
  ids: readonly string[],
): Promise<readonly SoldObject[]> {
  const byPrefix = Map.groupBy(new Set(ids), prefixOf);
  const found = await Promise.all(
    [...byPrefix].flatMap(([prefix, same]) =>
      (LOOKUPS[prefix] ?? []).map((lookUp) => lookUp(db, same)),
    ),
  );
  return found.flat();
}
