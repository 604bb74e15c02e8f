import {
  findCustomerId,
  findOrderWithSession,
  loadInvoiceToAdmin,
  loadSubscriptionToAdmin,
  previewRefund,
  showOrderToAdmin,
} from "../billing/index.ts";
import { findPlanNames } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { findUsersOf } from "./references.ts";
import type { InvoiceDetailsView, OrderDetailsView, SubscriptionDetailsView } from "./wire.ts";

/** Loads the user of a sale, and the customer at Stripe. */
async function loadOwner({ db }: Context, userId: string) {
  const [userOf, customerId] = await Promise.all([
    findUsersOf(db, [userId]),
    findCustomerId(db, userId),
  ]);
  return { user: userOf(userId), stripeCustomerId: customerId ?? null };
}

/** Loads an order with its buyer, and what a refund of it would take back. */
export async function loadOrderDetails(
  ctx: Context,
  id: string,
): Promise<OrderDetailsView | undefined> {
  const order = await findOrderWithSession(ctx.db, id);
  const refund = order && (await previewRefund(ctx, { orderId: id }));
  if (order === undefined || refund === undefined) return undefined;
  return { ...showOrderToAdmin(order), ...(await loadOwner(ctx, order.userId)), refund };
}

/** Loads an invoice with its payer, and what a refund of it would take back. */
export async function loadInvoiceDetails(
  ctx: Context,
  id: string,
): Promise<InvoiceDetailsView | undefined> {
  const invoice = await loadInvoiceToAdmin(ctx.db, id);
  const refund = invoice && (await previewRefund(ctx, { invoiceId: id }));
  if (invoice === undefined || refund === undefined) return undefined;
  return { ...invoice, ...(await loadOwner(ctx, invoice.userId)), refund };
}

/** Loads a subscription with its user and its invoices. */
export async function loadSubscriptionDetails(
  ctx: Context,
  id: string,
): Promise<SubscriptionDetailsView | undefined> {
  const subscription = await loadSubscriptionToAdmin(ctx.db, id);
  if (subscription === undefined) return undefined;
  const { planId, userId } = subscription;
  const names = await findPlanNames(ctx.db, [planId]);
  return {
    ...subscription,
    planName: names.get(planId) ?? planId,
    ...(await loadOwner(ctx, userId)),
  };
}
