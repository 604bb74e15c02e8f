import { and, eq, ne, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import type { StripeEvent } from "./event.ts";
import { stripeEvents } from "./tables.ts";

/**
 * Writes a delivered event down, or counts one more attempt at it.
 * @returns false when it has been processed before: there is nothing left to do
 */
export async function receive(db: Database, event: StripeEvent, nowMs: number): Promise<boolean> {
  const open = await db
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
      nextTryAt: null,
    })
    .onConflictDoUpdate({
      target: stripeEvents.id,
      set: { attempts: sql`${stripeEvents.attempts} + 1` },
      setWhere: ne(stripeEvents.status, "processed"),
    })
    .returning({ id: stripeEvents.id });
  return open.length === 1;
}

/** Notes that nothing more is to be done about an event. */
export async function settleEvent(db: Database, eventId: string, status: "processed" | "ignored", nowMs: number): Promise<void> {
  await db.update(stripeEvents).set({ status, lastError: null, processedAt: nowMs }).where(eq(stripeEvents.id, eventId));
}

/** Notes why an event could not be handled, unless another delivery of it was handled meanwhile. */
export async function noteFailure(db: Database, eventId: string, lastError: string): Promise<void> {
  await db
    .update(stripeEvents)
    .set({ status: "failed", lastError })
    .where(and(eq(stripeEvents.id, eventId), ne(stripeEvents.status, "processed")));
}
