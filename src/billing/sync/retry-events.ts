import type { Context } from "../../context.ts";
import { claimEventForRetry, listEventsToRetry } from "./inbox.ts";
import { processEvent } from "./receive-event.ts";

/** How many events were tried again, and how many of them are done with now. */
export interface RetryResult {
  readonly tried: number;
  readonly settled: number;
}

/**
 * Tries events of the inbox again that could not be handled, or whose handling a crash interrupted.
 * Stripe sends an event for three days; this goes on for thirty. Several runs at once share the
 * work.
 * @param limit how many events to try in this run
 */
export async function retryEvents(ctx: Context, limit: number): Promise<RetryResult> {
  const { db, nowMs } = ctx;
  let tried = 0;
  let settled = 0;
  for (const due of await listEventsToRetry(db, nowMs, limit)) {
    const event = await claimEventForRetry(db, due, nowMs);
    if (event === undefined) continue;
    tried += 1;
    const outcome = await processEvent(ctx, event);
    if (outcome.ok) settled += 1;
    // Each of the others would wait for the same answer.
    else if (outcome.failure.code === "billing_unavailable") break;
  }
  return { tried, settled };
}
