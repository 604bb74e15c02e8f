import { and, desc, eq, inArray, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import { type EVENT_STATUSES, stripeEvents } from "../tables.ts";
import type { StripeEvent } from "./event.ts";
import { FIRST_RETRY_DELAY_MS, nextTryAt } from "./retry-schedule.ts";

/** An event as the inbox keeps it. */
export type InboxEvent = typeof stripeEvents.$inferSelect;

/**
 * Writes a delivered event down, or counts one more attempt at it. From here on it is not lost:
 * should whoever handles it die, the cron handles it again.
 * @returns undefined when it has been processed before: there is nothing left to do
 */
export async function recordDelivery(
  db: Database,
  event: StripeEvent,
  nowMs: number,
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

/** Notes that nothing more is to be done about an event. */
export async function markEventProcessed(
  db: Database,
  eventId: string,
  status: "processed" | "ignored",
  nowMs: number,
): Promise<void> {
  await db
    .update(stripeEvents)
    .set({ status, lastError: null, processedAt: nowMs, nextTryAt: null })
    .where(eq(stripeEvents.id, eventId));
}

/** Notes why an event could not be handled, unless another delivery of it was handled meanwhile. */
export async function recordEventFailure(
  db: Database,
  event: Pick<InboxEvent, "id" | "receivedAt">,
  lastError: string,
  nowMs: number,
): Promise<void> {
  await db
    .update(stripeEvents)
    .set({ status: "failed", lastError, nextTryAt: nextTryAt(event.receivedAt, nowMs) })
    .where(and(eq(stripeEvents.id, event.id), ne(stripeEvents.status, "processed")));
}

export const findEvent = async (db: Database, eventId: string): Promise<InboxEvent | undefined> =>
  (await db.select().from(stripeEvents).where(eq(stripeEvents.id, eventId)))[0];

/** Which of these events the inbox has, however they stand. */
export async function listKnownEventIds(
  db: Database,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  // One parameter however many there are: D1 takes at most 100.
  const rows = await db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(sql`${stripeEvents.id} in (select value from json_each(${JSON.stringify(eventIds)}))`);
  return new Set(rows.map((row) => row.id));
}

const UNPROCESSED: InboxEvent["status"][] = ["received", "failed"];

/** Events that are due to be tried again, the longest due first. */
export const listEventsToRetry = (
  db: Database,
  nowMs: number,
  limit: number,
): Promise<InboxEvent[]> =>
  db
    .select()
    .from(stripeEvents)
    .where(and(lte(stripeEvents.nextTryAt, nowMs), inArray(stripeEvents.status, UNPROCESSED)))
    .orderBy(stripeEvents.nextTryAt)
    .limit(limit);

/**
 * Takes an event to be tried again: counts the attempt, and puts the next one off before this one
 * begins, so that an event that cannot be handled stands in nobody's way.
 * @returns undefined when somebody else took it, or it was settled meanwhile
 */
export async function claimEventForRetry(
  db: Database,
  event: InboxEvent,
  nowMs: number,
): Promise<InboxEvent | undefined> {
  const isUnchanged = and(eq(stripeEvents.id, event.id), eq(stripeEvents.attempts, event.attempts));
  const [claimed] = await db
    .update(stripeEvents)
    .set({ attempts: event.attempts + 1, nextTryAt: nextTryAt(event.receivedAt, nowMs) })
    .where(and(isUnchanged, inArray(stripeEvents.status, UNPROCESSED)))
    .returning();
  return claimed;
}

/**
 * Counts an attempt at an event however it stands, together with the note that says who asked for
 * it.
 */
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

/** Which events to list. `before`: the last one of the page before. */
export interface EventQuery {
  readonly status?: (typeof EVENT_STATUSES)[number] | undefined;
  readonly type?: string | undefined;
  readonly objectId?: string | undefined;
  readonly limit: number;
  readonly cursor: { readonly receivedAt: number; readonly id: string } | undefined;
}

/** One more than `limit`, those received last first. */
export async function listEvents(
  db: Database,
  { status, type, objectId, limit, cursor }: EventQuery,
): Promise<InboxEvent[]> {
  const conditions: (SQL | undefined)[] = [];
  if (status !== undefined) conditions.push(eq(stripeEvents.status, status));
  if (type !== undefined) conditions.push(eq(stripeEvents.type, type));
  if (objectId !== undefined) conditions.push(eq(stripeEvents.objectId, objectId));
  if (cursor !== undefined) {
    const { receivedAt, id } = cursor;
    const sameTime = and(eq(stripeEvents.receivedAt, receivedAt), lt(stripeEvents.id, id));
    conditions.push(or(lt(stripeEvents.receivedAt, receivedAt), sameTime));
  }
  return await db
    .select()
    .from(stripeEvents)
    .where(and(...conditions))
    .orderBy(desc(stripeEvents.receivedAt), desc(stripeEvents.id))
    .limit(limit + 1);
}
