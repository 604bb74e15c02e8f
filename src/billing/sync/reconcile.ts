import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { advanceCursor, findCursor } from "./cursor.ts";
import { parseEvent } from "./event.ts";
import { HANDLED_EVENT_TYPES } from "./event-handlers.ts";
import { listKnownEventIds } from "./inbox.ts";
import { type EventWindow, iterateEventWindows } from "./iterate-events.ts";
import { type EventOutcome, receiveEvent } from "./receive-event.ts";
import { EVENT_RETENTION_MS } from "./retry-schedule.ts";

const CURSOR = "stripe events";
/**
 * What was made lately is read again in each run: an event may turn up in Stripe's list after a
 * later one.
 */
const OVERLAP_SECONDS = 15 * 60;
/** How many stretches of events are read in one run, each with two queries of D1 at most. */
const WINDOWS_MAX = 40;

/** How much one run does. */
export interface ReconcileLimits {
  /** How many missed events are handled; the next run goes on with the others. */
  readonly eventsMax: number;
  /** Events younger than this are left to the webhook. In seconds; 0 leaves none. */
  readonly minAgeSeconds: number;
}

/** An event that no webhook had brought. */
interface MissedEvent {
  readonly id: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly outcome: EventOutcome | "failed";
}

/** What a run did. Times in ms, by Stripe's clock. */
export interface ReconcileResult {
  readonly fromMs: number;
  /** Everything made before is in the inbox now. */
  readonly reachedMs: number;
  /** Whether that is all there is. If not, the next run goes on. */
  readonly isComplete: boolean;
  /** How many events Stripe listed. */
  readonly listed: number;
  readonly missed: readonly MissedEvent[];
  /**
   * True when Stripe's memory ends after the place where the last run stopped: what lies between is
   * for the drift report.
   */
  readonly hasGap: boolean;
}

interface WindowProgress {
  readonly missed: MissedEvent[];
  /** The time in seconds before which everything is done. */
  readonly reached: number;
  /** Whether to go on. */
  readonly shouldContinue: boolean;
}

/**
 * Handles what of a stretch the inbox has not: in order, and until the bound is met or Stripe
 * cannot be reached.
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
    const isTooYoung = listed.created > youngest;
    if (isTooYoung || (missed.length >= limit && !known.has(listed.id)))
      return { missed, reached: listed.created, shouldContinue: false };
    const event = known.has(listed.id) ? undefined : parseEvent(config, listed);
    if (event === undefined) continue;
    if (!event.ok) {
      console.error(
        JSON.stringify({
          level: "error",
          doing: "reconciling",
          eventId: listed.id,
          error: event.failure.message,
        }),
      );
      continue;
    }
    const { id, type, data } = event.value;
    const outcome = await receiveEvent(ctx, event.value);
    // One that failed is in the inbox, which has it tried again.
    missed.push({
      id,
      type,
      objectId: data.object.id ?? null,
      outcome: outcome.ok ? outcome.value : "failed",
    });
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
 * Reads Stripe's events since the last run and handles those that no webhook brought, by the path
 * that webhooks take. May be stopped anywhere and run again, also twice at once: the cursor moves
 * only past what is in the inbox.
 * @returns why Stripe could not be asked; what was done before that stays done
 */
export async function reconcile(
  ctx: Context,
  limits: ReconcileLimits,
): Promise<Result<ReconcileResult>> {
  const { db, config, nowMs } = ctx;
  const now = Math.floor(nowMs / 1000);
  const oldest = Math.floor((nowMs - EVENT_RETENTION_MS) / 1000);
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
    // Not past now: what Stripe's clock, or its list, is behind with is still to come.
    reached = Math.min(progress.reached, now);
    await advanceCursor(db, CURSOR, reached, nowMs);
    isComplete = progress.shouldContinue && window.value.untilSeconds === null;
    if (!progress.shouldContinue || windows >= WINDOWS_MAX) break;
  }
  const hasGap = cursor !== null && cursor < oldest;
  if (hasGap) {
    const error = "events between the last run and 30 days ago can no longer be read";
    console.error(
      JSON.stringify({
        level: "error",
        doing: "reconciling",
        since: new Date(cursor * 1000).toISOString(),
        error,
      }),
    );
  }
  return ok({ fromMs: from * 1000, reachedMs: reached * 1000, isComplete, listed, missed, hasGap });
}
