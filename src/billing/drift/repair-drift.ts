import { record } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";
import { syncInvoice, syncSubscription } from "../subscriptions/sync/sync-subscription.ts";
import { type EventObjectOutcome, syncOrder } from "../sync/sync-order.ts";
import { syncSession } from "../sync/sync-session.ts";

type SyncFunction = (ctx: Context, id: string) => Promise<Result<EventObjectOutcome>>;

/**
 * The functions that sync a thing, by the prefix of its id. The handlers of events call them too.
 */
const SYNC_BY_PREFIX: Readonly<Record<string, SyncFunction>> = {
  ord: (ctx, orderId) => syncOrder(ctx, { orderId, requestedStripeId: null }),
  cs: syncSession,
  sub: syncSubscription,
  in: syncInvoice,
};

/** The names of outcomes on the wire and in the audit log: those of orders, for everything. */
const WIRE_OUTCOMES = {
  changed: "fulfil",
  unchanged: "nothing",
  fulfil: "fulfil",
  fail: "fail",
  expire: "expire",
  wait: "wait",
  nothing: "nothing",
} as const satisfies Readonly<Record<Exclude<EventObjectOutcome, "unknown">, string>>;

/**
 * Syncs an order, checkout session, subscription or invoice with Stripe, as an event about it does.
 * @returns the outcome; `not_found` when it is nothing of ours; why Stripe could not be asked
 */
export async function repairDrift(ctx: Context, subjectId: string): Promise<Result<string>> {
  const { db, nowMs, actor } = ctx;
  const notFound = fail("not_found", `There is no order, subscription or invoice ${subjectId}.`);
  const prefix = subjectId.slice(0, subjectId.indexOf("_"));
  const sync = Object.hasOwn(SYNC_BY_PREFIX, prefix) ? SYNC_BY_PREFIX[prefix] : undefined;
  if (sync === undefined) return notFound;
  const synced = await sync(ctx, subjectId);
  if (!synced.ok) return isMissingAtStripe(synced.failure) ? notFound : synced;
  if (synced.value === "unknown") return notFound;
  const outcome = WIRE_OUTCOMES[synced.value];
  const entry = { actor, action: "drift.healed", subjectId, after: { outcome } };
  await record(db, entry, nowMs);
  return ok(outcome);
}
