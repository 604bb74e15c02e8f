import { listAllOrders, type OrderQuery, showOrderToAdmin } from "../billing/index.ts";
import type { Context } from "../context.ts";
import type { CsvColumns } from "../http/csv.ts";
import { type Page, toPage } from "../http/page.ts";
import { toMajor } from "../units.ts";
import { findUsersOf } from "./references.ts";
import type { ListedOrderView } from "./wire.ts";

/** Loads a page of orders with their buyers. */
export async function loadOrderPage(
  { db }: Context,
  query: OrderQuery,
): Promise<Page<ListedOrderView>> {
  const orders = await listAllOrders(db, query);
  const userOf = await findUsersOf(
    db,
    orders.map(({ userId }) => userId),
  );
  return toPage(
    orders,
    query.limit,
    (order) => ({ ...showOrderToAdmin(order), user: userOf(order.userId) }),
    ({ id }) => id,
  );
}

/** The columns of the list in CSV. */
export const ORDER_COLUMNS: CsvColumns<ListedOrderView> = [
  ["id", ({ id }) => id],
  ["created_at", ({ createdAt }) => createdAt],
  ["user_id", ({ userId }) => userId],
  ["email", ({ user }) => user?.email ?? null],
  ["kind", ({ kind }) => kind],
  ["title", ({ title }) => title],
  ["quantity", ({ quantity }) => quantity],
  ["status", ({ status }) => status],
  ["currency", ({ currency }) => currency],
  ["amount", ({ amount }) => amount],
  ["paid", ({ paidMinor, currency }) => (paidMinor === null ? null : toMajor(paidMinor, currency))],
  ["refunded", ({ refundedMinor, currency }) => toMajor(refundedMinor, currency)],
  ["credits", ({ credits }) => credits],
  ["paid_at", ({ paidAt }) => paidAt],
  ["failure_reason", ({ failureReason }) => failureReason],
  ["stripe_payment_intent_id", ({ stripePaymentIntentId }) => stripePaymentIntentId],
  ["stripe_session_id", ({ stripeSessionId }) => stripeSessionId],
  ["stripe_subscription_id", ({ stripeSubscriptionId }) => stripeSubscriptionId],
];
