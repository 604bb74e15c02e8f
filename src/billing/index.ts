/** The front door of billing: how payment becomes what was paid for. See README.md. */

export { limitPayments } from "./access/limit-payments.ts";
export { admitPayment, prunePaymentRequests } from "./access/request-limit.ts";
export { checkoutRoutes } from "./checkout/checkout-routes.ts";
export { sessionRoutes } from "./checkout/session-routes.ts";
export { endErased } from "./customers/end-erased.ts";
export {
  iterateInvoices,
  iterateLicences,
  iterateOrders,
  iterateSales,
  iterateCheckoutSessions,
  iterateSubscriptions,
} from "./customers/export.ts";
export { invoiceRoutes } from "./customers/invoice-routes.ts";
export { paymentRoutes } from "./customers/routes.ts";
export type { Difference } from "./drift/difference.ts";
export { DRIFT_OF, drift } from "./drift/drift.ts";
export { repairDrift } from "./drift/heal-drift.ts";
export { putPlanInForce } from "./entitlement/put-plan-in-force.ts";
export { intentRoutes } from "./orders/intents/routes.ts";
export type { Checkout } from "./orders/open-page.ts";
export { forgetOrderKeys } from "./orders/order-key.ts";
export { orderRoutes } from "./orders/order-routes.ts";
export { refundRoutes } from "./refunds/routes.ts";
export { findOrders, showOrderToAdmin } from "./reports/list-orders.ts";
export { ordersByStatus } from "./reports/orders-by-status.ts";
export { recurringRevenue, salesByDay } from "./reports/revenue.ts";
export {
  type ConversationPayment,
  conversationPayment,
  conversationPayments,
  licencesOf,
  licensed,
  openPageOf,
  salesOf,
} from "./sales/licences.ts";
export { offerSale } from "./sales/offer-sale.ts";
export { pushCatalog } from "./stripe-catalog/push-catalog.ts";
export { paymentSubscriptionRoutes } from "./subscriptions/payment-routes.ts";
export { reportOverage } from "./subscriptions/report-overage.ts";
export { portalRoutes, subscriptionRoutes } from "./subscriptions/routes.ts";
export { subscriptionsOf } from "./subscriptions/store.ts";
export { endGraces } from "./subscriptions/sync/end-graces.ts";
export { recheckOpenOrders } from "./sync/heal.ts";
export { findEvent, listEvents } from "./sync/inbox.ts";
export { reconcile } from "./sync/reconcile.ts";
export { replayEvent } from "./sync/replay-event.ts";
export { retryEvents } from "./sync/retry-events.ts";
export { showEvent, showReconciled, showReplay } from "./sync/show.ts";
export { webhookRoutes } from "./sync/webhook-routes.ts";
export { EVENT_STATUSES, ORDER_KINDS, ORDER_STATUSES } from "./tables.ts";
