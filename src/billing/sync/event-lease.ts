import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { findOrderByIntent } from "../orders/store.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { withLease } from "../stripe/lease.ts";
import { findOwnerOfPaymentIntent } from "../subscriptions/store.ts";
import type { StripeEvent } from "./event.ts";

/** Finds the customer whose payment an intent is, where it is known to pay a sale of ours. */
async function findPayingCustomerId(db: Database, intentId: string): Promise<string | undefined> {
  const [order, ownerId] = await Promise.all([
    findOrderByIntent(db, intentId),
    findOwnerOfPaymentIntent(db, intentId),
  ]);
  const userId = order?.userId ?? ownerId;
  return userId === undefined ? undefined : await findCustomerId(db, userId);
}

/**
 * Handles an event after those about the same customer that are being handled now, if there are
 * any. Stripe sends all events about one payment at once, and each is about a part of the same: the
 * first to be handled covers the others, which then need no calls of their own.
 * @param handle `hasWaited`: whether the event may have been covered meanwhile
 */
export async function inTurn<T>(
  ctx: Context,
  { id, data: { object } }: StripeEvent,
  handle: (hasWaited: boolean) => Promise<T>,
): Promise<T> {
  const intentId = object.payment_intent ?? null;
  const key =
    object.customer ?? (intentId === null ? null : await findPayingCustomerId(ctx.db, intentId));
  if (key === null || key === undefined) return await handle(false);
  return (await withLease(ctx, { key, holder: id, shouldWait: true }, handle)).value;
}
