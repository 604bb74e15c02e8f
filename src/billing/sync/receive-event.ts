import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import type { StripeEvent } from "./event.ts";
import { findHandler } from "./event-handlers.ts";
import {
  type InboxEvent,
  markEventProcessed,
  recordDelivery,
  recordEventFailure,
} from "./inbox.ts";

/** What became of an event: `known` had been processed before. */
export type EventOutcome = "processed" | "ignored" | "known";

async function dispatchEvent(
  ctx: Context,
  { type, objectId }: InboxEvent,
): Promise<Result<"processed" | "ignored">> {
  const handler = findHandler(type);
  if (handler === undefined || objectId === null) return ok("ignored");
  const handled = await handler(ctx, objectId);
  if (!handled.ok) return handled;
  return ok(handled.value === "unknown" ? "ignored" : "processed");
}

/**
 * Handles an event that is in the inbox, and marks it there. The one path by which events are
 * handled, whether Stripe delivered them, the cron found them, or an admin replays them.
 * @returns why it could not be handled; the inbox has that too
 */
export async function processEvent(
  ctx: Context,
  event: InboxEvent,
): Promise<Result<"processed" | "ignored">> {
  const { db, nowMs } = ctx;
  const outcome = await dispatchEvent(ctx, event).catch((error: unknown) =>
    fail("internal_error", describeError(error)),
  );
  if (outcome.ok) {
    await markEventProcessed(db, event.id, outcome.value, nowMs);
    return outcome;
  }
  const { code, message } = outcome.failure;
  console.error(
    JSON.stringify({
      level: "error",
      eventId: event.id,
      eventType: event.type,
      error: `${code}: ${message}`,
    }),
  );
  await recordEventFailure(db, event, `${code}: ${message}`, nowMs);
  return outcome;
}

/**
 * Takes in an event that is Stripe's: written into the inbox, handled, marked, in this order, so
 * that what a crash interrupts is done again, at Stripe's next delivery or by the cron. One that
 * was processed before is done with.
 * @returns why it could not be handled
 */
export async function receiveEvent(
  ctx: Context,
  event: StripeEvent,
): Promise<Result<EventOutcome>> {
  const { db, nowMs } = ctx;
  const received = await recordDelivery(db, event, nowMs);
  return received === undefined ? ok("known") : await processEvent(ctx, received);
}
