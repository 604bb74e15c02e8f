import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { SECOND_MS } from "../../time.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import type { StripeEvent } from "./event.ts";
import { findHandler } from "./event-handlers.ts";
import { inTurn } from "./event-lease.ts";
import {
  findEvent,
  type InboxEvent,
  markEventProcessed,
  recordDelivery,
  recordEventFailure,
} from "./inbox.ts";

/** The outcome of an event. `known`: it was processed before. */
export type EventOutcome = "processed" | "ignored" | "known";

async function dispatchEvent(
  ctx: Context,
  { id, type, objectId }: InboxEvent,
): Promise<Result<"processed" | "ignored">> {
  const handler = findHandler(type);
  if (handler === undefined || objectId === null) return ok("ignored");
  const handled = await handler(ctx, objectId, id);
  if (!handled.ok) return handled;
  return ok(handled.value === "unknown" ? "ignored" : "processed");
}

/**
 * Handles an event of the inbox, and marks it there. Every event is handled by this function,
 * whether Stripe delivered it, the cron found it, or an admin replays it.
 * @returns why it could not be handled; the inbox records that too
 */
export async function processEvent(
  ctx: Context,
  event: InboxEvent,
): Promise<Result<"processed" | "ignored">> {
  const outcome = await dispatchEvent(ctx, event).catch((error: unknown) =>
    fail("internal_error", describeError(error)),
  );
  if (outcome.ok) {
    await markEventProcessed(ctx, event.id, outcome.value);
    return outcome;
  }
  const error = `${outcome.failure.code}: ${outcome.failure.message}`;
  log.error("event.processing_failed", { eventId: event.id, eventType: event.type, error });
  await recordEventFailure(ctx, event, error);
  return outcome;
}

/**
 * Receives an event from Stripe: records it in the inbox, handles it, and marks it, in this order.
 * So an event whose handling a crash interrupts is handled again, at Stripe's next delivery or by
 * the cron. One that was processed before, or while it waited for its turn, is not handled again.
 * @returns why it could not be handled
 */
export async function receiveEvent(
  ctx: Context,
  event: StripeEvent,
): Promise<Result<EventOutcome>> {
  const received = await recordDelivery(ctx, event);
  if (received === undefined) return ok("known");
  if (findHandler(event.type) === undefined) return await processEvent(ctx, received);
  const { created, data } = event;
  const hint = { atMs: created * SECOND_MS, orderId: data.object.metadata?.orderId ?? null };
  return await inTurn(ctx, event, async (hasWaited) => {
    const isCovered = hasWaited && (await findEvent(ctx.db, received.id))?.status === "processed";
    return isCovered ? ok("known") : await processEvent({ ...ctx, hint }, received);
  });
}
