import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { SECOND_MS, toIso } from "../../time.ts";
import { advanceCursor, findCursor } from "./cursor.ts";
import { parseEvent } from "./event.ts";
import { HANDLED_EVENT_TYPES } from "./event-handlers.ts";
import { listKnownEventIds } from "./inbox.ts";
import { type EventWindow, iterateEventWindows } from "./iterate-events.ts";
import { type EventOutcome, receiveEvent } from "./receive-event.ts";
import { EVENT_RETENTION_MS } from "./retry-schedule.ts";

const CURSOR = "stripe events";
/**
 * The time that each run reads again: an event may turn up in Stripe's list after one that was
 * created later.
 */
const OVERLAP_SECONDS = 15 * 60;
/** The maximum of windows that one run reads, each with two queries of D1 at most. */
const WINDOWS_MAX = 40;

/** The limits of one run. */
export interface ReconcileLimits {
  /** The maximum of missed events to handle. The next run continues with the others. */
  readonly eventsMax: number;
  /** The age below which events are left to the webhook. In seconds; 0 leaves none. */
  readonly minAgeSeconds: number;
}

/** An event that no webhook had delivered. */
interface MissedEvent {
  readonly id: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly outcome: "processed" | "ignored" | "failed";
}

/** The result of a run. Times in ms, by Stripe's clock. */
export interface ReconcileResult {
  readonly fromMs: number;
  /** The time before which every event is in the inbox. */
  readonly reachedMs: number;
  /** Whether the end of Stripe's list was reached. If not, the next run continues. */
  readonly isComplete: boolean;
  /** The number of events that Stripe listed. */
  readonly listed: number;
  readonly missed: readonly MissedEvent[];
  /**
   * Whether Stripe has forgotten events that were created after the last run stopped. The drift
   * report finds what they would have changed.
   */
  readonly hasGap: boolean;
}

/** An event that failed is in the inbox, and is tried again from there. */
function outcomeOf(received: Result<EventOutcome>): MissedEvent["outcome"] {
  if (!received.ok) return "failed";
  // Known by now: it was covered together with an event before it.
  return received.value === "known" ? "processed" : received.value;
}

interface WindowProgress {
  readonly missed: MissedEvent[];
  /** The time in seconds before which everything is done. */
  readonly reached: number;
  readonly shouldContinue: boolean;
}

/**
 * Handles those events of a window that are not in the inbox, in order, until the limit is reached
 * or Stripe cannot be reached.
 */
async function handleWindow(
  ctx: Context,
  { events, untilSeconds }: EventWindow,
  { limit, youngest }: { limit: number; youngest: number },
): Promise<WindowProgress> {
  const { db, config } = ctx;
  const ids = events.map((event) => event.id);
  const known = ids.length === 0 ? new Set<string>() : await listKnownEventIds(db, ids);
  const missed: MissedEvent[] = [];
  for (const listed of events) {
    if (known.has(listed.id)) continue;
    if (listed.created > youngest || missed.length >= limit)
      return { missed, reached: listed.created, shouldContinue: false };
    const event = parseEvent(config, listed);
    if (!event.ok) {
      log.error("event.rejected", { eventId: listed.id, error: event.failure.message });
      continue;
    }
    const { id, type, data } = event.value;
    const outcome = await receiveEvent(ctx, event.value);
    missed.push({ id, type, objectId: data.object.id ?? null, outcome: outcomeOf(outcome) });
    if (!outcome.ok && outcome.failure.code === "billing_unavailable") {
      return { missed, reached: listed.created, shouldContinue: false };
    }
  }
  return {
    missed,
    reached: untilSeconds === null ? Number.POSITIVE_INFINITY : untilSeconds + 1,
    shouldContinue: true,
  };
}

/**
 * Reads Stripe's events since the last run, and handles those that no webhook delivered as the
 * webhook would. A run may stop anywhere, and two may run at once: the cursor moves only past
 * events that are in the inbox.
 * @returns why Stripe could not be asked; everything done before that stays done
 */
export async function reconcile(
  ctx: Context,
  limits: ReconcileLimits,
): Promise<Result<ReconcileResult>> {
  const { db, config, nowMs } = ctx;
  const now = Math.floor(nowMs / SECOND_MS);
  const oldest = Math.floor((nowMs - EVENT_RETENTION_MS) / SECOND_MS);
  const cursor = await findCursor(db, CURSOR);
  const from = Math.max(oldest, Math.min(cursor ?? oldest, now - OVERLAP_SECONDS));
  const youngest =
    limits.minAgeSeconds === 0 ? Number.POSITIVE_INFINITY : now - limits.minAgeSeconds;
  const missed: MissedEvent[] = [];
  let reached = from;
  let listed = 0;
  let isComplete = false;
  let windows = 0;
  for await (const window of iterateEventWindows(config, HANDLED_EVENT_TYPES, from)) {
    if (!window.ok) return window;
    listed += window.value.events.length;
    windows += 1;
    const limit = limits.eventsMax - missed.length;
    const progress = await handleWindow(ctx, window.value, { limit, youngest });
    missed.push(...progress.missed);
    // Not past now: Stripe's clock or its list may be late, so such events are still to come.
    reached = Math.min(progress.reached, now);
    await advanceCursor(ctx, CURSOR, reached);
    isComplete = progress.shouldContinue && window.value.untilSeconds === null;
    if (!progress.shouldContinue || windows >= WINDOWS_MAX) break;
  }
  const hasGap = cursor !== null && cursor < oldest;
  if (hasGap) {
    const error = "Stripe keeps events for 30 days, and older ones were missed since the last run";
    log.error("reconciliation.gap_found", { since: toIso(cursor * SECOND_MS), error });
  }
  return ok({
    fromMs: from * SECOND_MS,
    reachedMs: reached * SECOND_MS,
    isComplete,
    listed,
    missed,
    hasGap,
  });
}
