import { and, desc, eq, inArray, lte, ne, notInArray, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import { comparePair, type Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import { type EVENT_STATUSES, stripeEvents } from "../tables.ts";
import type { StripeEvent } from "./event.ts";
import { FIRST_RETRY_DELAY_MS, nextTryAt } from "./retry-schedule.ts";

/** An event in the inbox. */
export type InboxEvent = typeof stripeEvents.$inferSelect;

/**
 * Records a delivered event, or counts one more attempt at it. From here on it cannot be lost:
 * after a crash the cron handles it again.
 * @returns undefined when it was processed before: there is nothing left to do
 */
export async function recordDelivery(
  { db, nowMs }: Context,
  event: StripeEvent,
): Promise<InboxEvent | undefined> {
  const [unprocessed] = await db
    .insert(stripeEvents)
    .values({
      id: event.id,
      type: event.type,
      livemode: event.livemode,
      objectId: event.data.object.id ?? null,
      apiVersion: event.api_version ?? null,
      status: "received",
      attempts: 1,
      lastError: null,
      receivedAt: nowMs,
      processedAt: null,
      nextTryAt: nowMs + FIRST_RETRY_DELAY_MS,
    })
    .onConflictDoUpdate({
      target: stripeEvents.id,
      set: { attempts: sql`${stripeEvents.attempts} + 1`, nextTryAt: sql`excluded.next_try_at` },
      setWhere: ne(stripeEvents.status, "processed"),
    })
    .returning();
  return unprocessed;
}

/** Marks an event as processed or ignored: nothing more is to be done about it. */
export async function markEventProcessed(
  { db, nowMs }: Context,
  eventId: string,
  status: "processed" | "ignored",
): Promise<void> {
  await db
    .update(stripeEvents)
    .set({ status, lastError: null, processedAt: nowMs, nextTryAt: null })
    .where(eq(stripeEvents.id, eventId));
}

/** Records why an event failed, unless another delivery of it was processed meanwhile. */
export async function recordEventFailure(
  { db, nowMs }: Context,
  event: Pick<InboxEvent, "id" | "receivedAt">,
  lastError: string,
): Promise<void> {
  await db
    .update(stripeEvents)
    .set({ status: "failed", lastError, nextTryAt: nextTryAt(event.receivedAt, nowMs) })
    .where(and(eq(stripeEvents.id, event.id), ne(stripeEvents.status, "processed")));
}

export const findEvent = (db: Database, eventId: string): Promise<InboxEvent | undefined> =>
  db.select().from(stripeEvents).where(eq(stripeEvents.id, eventId)).get();

/** Lists those of the given events that the inbox has, whatever their status. */
export async function listKnownEventIds(
  db: Database,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(inList(stripeEvents.id, eventIds));
  return new Set(rows.map((row) => row.id));
}

const UNPROCESSED: InboxEvent["status"][] = ["received", "failed"];
const PROCESSED: InboxEvent["status"][] = ["processed", "ignored"];

/** Lists the events that are due for a retry, the longest due first. */
export const listEventsToRetry = (
  db: Database,
  nowMs: number,
  limit: number,
): Promise<InboxEvent[]> =>
  db
    .select()
    .from(stripeEvents)
    // Not `in`, for which SQLite would take the index of statuses, and sort.
    .where(and(lte(stripeEvents.nextTryAt, nowMs), notInArray(stripeEvents.status, PROCESSED)))
    .orderBy(stripeEvents.nextTryAt)
    .limit(limit);

/**
 * Claims an event for a retry: counts the attempt, and schedules the next one before this one
 * begins, so that an event that always fails does not block the others.
 * @returns false when another run claimed it, or it was processed meanwhile
 */
export async function claimEventForRetry(
  { db, nowMs }: Context,
  event: InboxEvent,
): Promise<boolean> {
  const isUnchanged = and(eq(stripeEvents.id, event.id), eq(stripeEvents.attempts, event.attempts));
  const claimed = await db
    .update(stripeEvents)
    .set({ attempts: event.attempts + 1, nextTryAt: nextTryAt(event.receivedAt, nowMs) })
    .where(and(isUnchanged, inArray(stripeEvents.status, UNPROCESSED)))
    .returning({ id: stripeEvents.id });
  return claimed.length > 0;
}

/** Counts an attempt at an event whatever its status, together with the audit log's entry of it. */
export async function recordReplay(
  db: Database,
  eventId: string,
  auditEntry: BatchItem<"sqlite">,
): Promise<InboxEvent | undefined> {
  const count = db
    .update(stripeEvents)
    .set({ attempts: sql`${stripeEvents.attempts} + 1` })
    .where(eq(stripeEvents.id, eventId))
    .returning();
  const [[event]] = await db.batch([count, auditEntry]);
  return event;
}

/** The filter and the page of a list of events. */
export interface EventQuery {
  readonly status?: (typeof EVENT_STATUSES)[number] | undefined;
  readonly type?: string | undefined;
  readonly objectId?: string | undefined;
  readonly limit: number;
  /** The last event of the page before. */
  readonly cursor: { readonly receivedAt: number; readonly id: string } | undefined;
}

/** Lists up to `limit + 1` events, the last received first. */
export async function listEvents(
  db: Database,
  { status, type, objectId, limit, cursor }: EventQuery,
): Promise<InboxEvent[]> {
  const conditions: (SQL | undefined)[] = [];
  if (status !== undefined) conditions.push(eq(stripeEvents.status, status));
  if (type !== undefined) conditions.push(eq(stripeEvents.type, type));
  if (objectId !== undefined) conditions.push(eq(stripeEvents.objectId, objectId));
  if (cursor !== undefined)
    conditions.push(
      comparePair([stripeEvents.receivedAt, stripeEvents.id], "<", [cursor.receivedAt, cursor.id]),
    );
  return await db
    .select()
    .from(stripeEvents)
    .where(and(...conditions))
    .orderBy(desc(stripeEvents.receivedAt), desc(stripeEvents.id))
    .limit(limit + 1);
}
