import { and, desc, eq, inArray, lte } from "drizzle-orm";
import { comparePair, type Database } from "../../db.ts";
import type { TimedPosition } from "../../http/page.ts";
import { customers, subscriptionInvoices, subscriptions } from "../tables.ts";

export type Subscription = typeof subscriptions.$inferSelect;
export type SubscriptionInvoice = typeof subscriptionInvoices.$inferSelect;

/** The statuses in which a subscription charges, or may charge again. */
const LIVE_STATUSES = [
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
] as const satisfies readonly Subscription["status"][];

/** Returns whether a subscription charges, or may charge again. */
export const isLive = ({ status }: Pick<Subscription, "status">): boolean =>
  LIVE_STATUSES.some((live) => live === status);

export const findSubscription = (db: Database, id: string): Promise<Subscription | undefined> =>
  db.select().from(subscriptions).where(eq(subscriptions.id, id)).get();

/** Lists all subscriptions that a user ever had, newest first. */
export const listSubscriptions = (db: Database, userId: string): Promise<Subscription[]> =>
  db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.userId, userId))
    .orderBy(desc(subscriptions.createdAt), desc(subscriptions.id));

/**
 * Lists at most `limit` of a user's subscriptions, newest first.
 * @param last the last subscription of the page before
 */
export const listSubscriptionPage = (
  db: Database,
  userId: string,
  limit: number,
  last: TimedPosition | undefined,
): Promise<Subscription[]> => {
  const { createdAt, id } = subscriptions;
  const after =
    last === undefined ? undefined : comparePair([createdAt, id], "<", [last.atMs, last.id]);
  return db
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.userId, userId), after))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
};

/** Returns whether a subscription is on trial, or the time that it runs in is paid for. */
const isPaidFor = ({ status, entitledUntil }: Subscription): boolean =>
  (status === "trialing" || status === "active") && entitledUntil === null;

/**
 * Lists a user's live subscriptions: those that are paid for first, and of these the newest first.
 */
export async function listLiveSubscriptions(db: Database, userId: string): Promise<Subscription[]> {
  const isUsersAndLive = and(
    eq(subscriptions.userId, userId),
    inArray(subscriptions.status, [...LIVE_STATUSES]),
  );
  const live = await db
    .select()
    .from(subscriptions)
    .where(isUsersAndLive)
    .orderBy(desc(subscriptions.createdAt), desc(subscriptions.id));
  return live.toSorted((a, b) => Number(isPaidFor(b)) - Number(isPaidFor(a)));
}

/**
 * Returns whether a user ever had a subscription that began: then the next one has no trial. A
 * canceled one may never have begun: its first payment was declined.
 */
export async function hasEverSubscribed(db: Database, userId: string): Promise<boolean> {
  const { userId: owner, status, subscriptionId } = subscriptionInvoices;
  const [all, paid] = await Promise.all([
    listSubscriptions(db, userId),
    db
      .select({ id: subscriptionId })
      .from(subscriptionInvoices)
      .where(and(eq(owner, userId), eq(status, "paid"))),
  ]);
  const began = (one: Subscription) =>
    one.trialEnd !== null || paid.some(({ id }) => id === one.id);
  return all.some((one) => isLive(one) || began(one));
}

/** The statement that writes the whole row of a subscription. */
export const upsertSubscription = (db: Database, row: Subscription) =>
  db.insert(subscriptions).values(row).onConflictDoUpdate({ target: subscriptions.id, set: row });

/** The statement that writes the whole row of an invoice. */
export const upsertInvoice = (db: Database, row: SubscriptionInvoice) =>
  db
    .insert(subscriptionInvoices)
    .values(row)
    .onConflictDoUpdate({ target: subscriptionInvoices.id, set: row });

/** Lists the stored invoices of a subscription. */
export const listSubscriptionInvoices = (
  db: Database,
  subscriptionId: string,
): Promise<SubscriptionInvoice[]> =>
  db
    .select()
    .from(subscriptionInvoices)
    .where(eq(subscriptionInvoices.subscriptionId, subscriptionId));

/** Lists the stored invoices of all of a user's subscriptions. */
export const listUserInvoices = (db: Database, userId: string): Promise<SubscriptionInvoice[]> =>
  db.select().from(subscriptionInvoices).where(eq(subscriptionInvoices.userId, userId));

/**
 * Lists at most `limit` of a user's invoices, newest first.
 * @param last the last invoice of the page before
 */
export const listUserInvoicePage = (
  db: Database,
  userId: string,
  limit: number,
  last: Pick<SubscriptionInvoice, "createdAt" | "id"> | undefined,
): Promise<SubscriptionInvoice[]> => {
  const { createdAt, id } = subscriptionInvoices;
  const after =
    last === undefined ? undefined : comparePair([createdAt, id], "<", [last.createdAt, last.id]);
  return db
    .select()
    .from(subscriptionInvoices)
    .where(and(eq(subscriptionInvoices.userId, userId), after))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
};

/** Finds the user whose customer at Stripe this is. */
export async function findUserIdByCustomer(
  db: Database,
  stripeCustomerId: string,
): Promise<string | undefined> {
  const isCustomer = eq(customers.stripeCustomerId, stripeCustomerId);
  return (await db.select().from(customers).where(isCustomer).get())?.userId;
}

/** Lists subscriptions whose grace period has ended, the longest due first. */
export const listSubscriptionsDueForCheck = (
  db: Database,
  nowMs: number,
  limit: number,
): Promise<Subscription[]> =>
  db
    .select()
    .from(subscriptions)
    .where(lte(subscriptions.nextCheckAt, nowMs))
    .orderBy(subscriptions.nextCheckAt)
    .limit(limit);

/** Sets the time at which the cron checks a subscription. */
export async function scheduleSubscriptionCheck(
  db: Database,
  id: string,
  atMs: number,
): Promise<void> {
  await db.update(subscriptions).set({ nextCheckAt: atMs }).where(eq(subscriptions.id, id));
}

/** Finds the subscription of an invoice that is stored. */
export async function findSubscriptionIdOfInvoice(
  db: Database,
  invoiceId: string,
): Promise<string | undefined> {
  const isInvoice = eq(subscriptionInvoices.id, invoiceId);
  return (await db.select().from(subscriptionInvoices).where(isInvoice).get())?.subscriptionId;
}

/** Finds the invoice that a payment intent paid, among those that are stored. */
export async function findInvoiceIdByPaymentIntent(
  db: Database,
  paymentIntentId: string,
): Promise<string | undefined> {
  const row = await db
    .select({ id: subscriptionInvoices.id })
    .from(subscriptionInvoices)
    .where(eq(subscriptionInvoices.stripePaymentIntentId, paymentIntentId))
    .limit(1)
    .get();
  return row?.id;
}

/** Finds the user whose invoice a payment intent paid, among those that are stored. */
export async function findOwnerOfPaymentIntent(
  db: Database,
  paymentIntentId: string,
): Promise<string | undefined> {
  const row = await db
    .select({ userId: subscriptionInvoices.userId })
    .from(subscriptionInvoices)
    .where(eq(subscriptionInvoices.stripePaymentIntentId, paymentIntentId))
    .limit(1)
    .get();
  return row?.userId;
}
