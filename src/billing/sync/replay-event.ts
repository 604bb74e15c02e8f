import { auditStatement } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { findEvent, type InboxEvent, recordReplay } from "./inbox.ts";
import { processEvent } from "./receive-event.ts";

/** The outcome of a replay, and the event after it. */
export interface ReplayResult {
  readonly outcome: "processed" | "ignored" | "failed";
  readonly error: string | null;
  readonly event: InboxEvent;
}

/**
 * Handles an event of the inbox now, whatever its status. Its handler fetches the object's present
 * state from Stripe, so handling it again does no harm. A processed event stays processed, even if
 * this attempt fails.
 * @returns `not_found` for an event that never reached the inbox
 */
export async function replayEvent(ctx: Context, eventId: string): Promise<Result<ReplayResult>> {
  const { db, nowMs, actor } = ctx;
  const before = await findEvent(db, eventId);
  if (before === undefined) return fail("not_found", `There is no event ${eventId}.`);
  const { status, attempts, lastError, type, objectId } = before;
  // Before the attempt, so that every attempt is in the audit log.
  const audit = auditStatement(
    db,
    {
      actor,
      action: "event.replayed",
      subjectId: eventId,
      before: { type, objectId, status, attempts, lastError },
    },
    nowMs,
  );
  const event = (await recordReplay(db, eventId, audit)) ?? before;
  const handled = await processEvent(ctx, event);
  return ok({
    outcome: handled.ok ? handled.value : "failed",
    error: handled.ok ? null : `${handled.failure.code}: ${handled.failure.message}`,
    event: (await findEvent(db, eventId)) ?? event,
  });
}
