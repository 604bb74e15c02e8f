import type Stripe from "stripe";
import { type Caller, findUser } from "../../../auth/index.ts";
import { findPlan } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import type { Database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { canView } from "../../access/ownership.ts";
import { newOrder } from "../new-order.ts";
import { decideOffer, type OrderParams } from "../order-terms.ts";
import { failOrder, findOrder, insertOrder, type Order } from "../store.ts";
import { attachIntent } from "./attach-intent.ts";

/** The order to be paid: an existing one, or a plan or pack for which one is created. */
export type PaymentParams =
  | { readonly orderId: string }
  | (OrderParams & { readonly planId: string });

/** An order and the intent that pays it. */
export interface StartedPayment {
  readonly order: Order;
  readonly intent: Stripe.PaymentIntent;
}

async function findViewableOrder(
  db: Database,
  caller: Caller,
  orderId: string,
): Promise<Result<Order>> {
  const order = await findOrder(db, orderId);
  if (order !== undefined && canView(caller, order.userId)) return ok(order);
  return fail("not_found", `There is no order ${orderId}.`, { param: "orderId" });
}

async function createOrder(
  ctx: Context,
  caller: Caller,
  { planId, ...params }: OrderParams & { planId: string },
): Promise<Result<Order>> {
  const { db, nowMs } = ctx;
  const [user, plan] = await Promise.all([findUser(db, caller.userId), findPlan(db, planId)]);
  if (user === undefined) return fail("not_found", "This user has been deleted.");
  if (plan === undefined)
    return fail("not_found", `There is no plan ${planId}.`, { param: "planId" });
  const offer = decideOffer(plan, params, user.planId);
  if (!offer.ok) return offer;
  const { order } = newOrder(user.id, offer.value.terms, nowMs);
  await insertOrder(db, order, null);
  return ok(order);
}

/**
 * Begins a payment in the caller's own form. The amount is the order's, and never one that the
 * caller names.
 * @returns the order and its intent; `not_found`, `invalid_request`, `already_purchased`,
 *   `conflict`, `purchase_limit_exceeded`, or why Stripe did not make it
 */
export async function startPayment(
  ctx: Context,
  { caller, params }: { caller: Caller; params: PaymentParams },
): Promise<Result<StartedPayment>> {
  const { db, nowMs } = ctx;
  const isNew = !("orderId" in params);
  const order = isNew
    ? await createOrder(ctx, caller, params)
    : await findViewableOrder(db, caller, params.orderId);
  if (!order.ok) return order;
  const { amountMinor, currency } = order.value;
  const operationId = `order:${order.value.id}`;
  const admitted = await admitPurchase(ctx, { operationId, amountMinor, currency });
  const intent = admitted.ok ? await attachIntent(ctx, order.value) : admitted;
  if (intent.ok) return ok({ order: order.value, intent: intent.value });
  if (isNew) {
    const reason = intent.failure.message;
    await failOrder(db, order.value.id, { sessionStatus: "failed", reason }, nowMs);
  }
  return intent;
}
