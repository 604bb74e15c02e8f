import { ne } from "drizzle-orm";
import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { batchAll } from "../../db.ts";
import { ok, type Result } from "../../errors.ts";
import { MINUTE_MS, SECOND_MS } from "../../time.ts";
import { stripeEvents } from "../tables.ts";
import { callStripe } from "./stripe.ts";

/** More than one change of a sale makes. An event that is not listed is looked at by itself. */
const EVENTS_MAX = 50;
/** The longest time between two events of one moment. */
const BEFORE_MS = MINUTE_MS;
const AFTER_MS = 10 * MINUTE_MS;

/** The types of events about money that goes back, whatever was sold. */
const REVERSAL_EVENTS = [
  "charge.dispute.closed",
  "charge.dispute.created",
  "charge.dispute.funds_reinstated",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.updated",
  "charge.refund.updated",
  "charge.refunded",
  "refund.created",
  "refund.updated",
] as const;

/** The types of events about one sale: twenty at most, Stripe's maximum for one request. */
export const SALE_EVENTS = [
  ...REVERSAL_EVENTS,
  "checkout.session.async_payment_failed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.completed",
  "checkout.session.expired",
  "payment_intent.canceled",
  "payment_intent.payment_failed",
  "payment_intent.processing",
  "payment_intent.succeeded",
  "refund.failed",
] as const;

/** The same about a subscription, its invoices and their payments. */
export const SUBSCRIPTION_EVENTS = [
  ...REVERSAL_EVENTS,
  "checkout.session.completed",
  "customer.subscription.created",
  "customer.subscription.deleted",
  "customer.subscription.updated",
  "invoice.finalized",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_succeeded",
  "invoice.updated",
  "payment_intent.payment_failed",
  "payment_intent.succeeded",
] as const;

/**
 * Lists the events of the moment: of the event that is being handled, or else of now. Fetched
 * before the objects that they are about, they tell what those objects will have been through: no
 * event of the list needs a look of its own.
 */
export async function listRecentEvents(
  { config, nowMs, hint }: Context,
  types: readonly string[],
): Promise<Result<readonly Stripe.Event[]>> {
  const atMs = Math.min(nowMs, hint?.atMs ?? nowMs);
  const created = {
    gte: Math.floor((atMs - BEFORE_MS) / SECOND_MS),
    ...(hint === undefined ? {} : { lte: Math.floor((hint.atMs + AFTER_MS) / SECOND_MS) }),
  };
  const listed = await callStripe(config, (stripe) =>
    stripe.events.list({ types: [...types], created, limit: EVENTS_MAX }),
  );
  return listed.ok ? ok(listed.value.data) : listed;
}

function objectIdOf({ data: { object } }: Stripe.Event): string | null {
  return "id" in object && typeof object.id === "string" ? object.id : null;
}

/**
 * Puts events into the inbox as processed: they were listed before their objects were fetched, and
 * what was fetched is applied. Their own deliveries then find nothing left to do.
 * @param objectIds the objects whose state was applied
 */
export async function markCovered(
  { db, nowMs }: Context,
  events: readonly Stripe.Event[],
  objectIds: ReadonlySet<string>,
): Promise<void> {
  const done = {
    status: "processed",
    lastError: null,
    processedAt: nowMs,
    nextTryAt: null,
  } as const;
  const statements = events.flatMap((event) => {
    const objectId = objectIdOf(event);
    if (objectId === null || !objectIds.has(objectId)) return [];
    const { id, type, livemode, api_version: apiVersion } = event;
    const row = { id, type, livemode, objectId, apiVersion, attempts: 1, receivedAt: nowMs };
    return [
      db
        .insert(stripeEvents)
        .values({ ...row, ...done })
        .onConflictDoUpdate({
          target: stripeEvents.id,
          set: done,
          setWhere: ne(stripeEvents.status, "processed"),
        }),
    ];
  });
  await batchAll(db, statements);
}
