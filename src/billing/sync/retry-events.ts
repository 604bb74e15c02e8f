import type { Context } from "../../context.ts";
import { forEachDue } from "../../for-each-due.ts";
import { claimEventForRetry, listEventsToRetry } from "./inbox.ts";
import { processEvent } from "./receive-event.ts";

/** The number of events that were tried again, and of those that are done now. */
export interface RetryResult {
  readonly tried: number;
  readonly settled: number;
}

/**
 * Retries events of the inbox that failed, or whose handling a crash interrupted. Stripe delivers
 * an event for three days; this continues for thirty. Several runs at once share the work.
 * @param limit the number of events to retry in this run
 */
export async function retryEvents(ctx: Context, limit: number): Promise<RetryResult> {
  const { tried, done } = await forEachDue({
    rows: await listEventsToRetry(ctx.db, ctx.nowMs, limit),
    defer: (event) => claimEventForRetry(ctx, event),
    run: (event) => processEvent(ctx, event),
  });
  return { tried, settled: done };
}
