/** The front door of billing: how payment becomes what was paid for. See README.md. */
export { pushCatalog } from "./catalog/push-catalog.ts";
export { checkoutRoutes } from "./checkout-routes.ts";
export { endErased } from "./customers/end-erased.ts";
export {
  everyInvoice,
  everyLicence,
  everyOrder,
  everySale,
  everySession,
  everySubscription,
} from "./customers/every.ts";
export { invoiceRoutes } from "./customers/invoice-routes.ts";
export { limitPayments } from "./customers/limit-payments.ts";
export { admitPayment, prunePaymentRequests } from "./customers/request-limit.ts";
export { paymentRoutes } from "./customers/routes.ts";
export type { Difference } from "./drift/difference.ts";
export { DRIFT_OF, drift } from "./drift/drift.ts";
export { healDrift } from "./drift/heal-drift.ts";
export { healOrders } from "./heal.ts";
export { findEvent, listEvents } from "./inbox.ts";
export { intentRoutes } from "./intents/routes.ts";
export type { Checkout } from "./open-page.ts";
export { forgetOrderKeys } from "./order-key.ts";
export { orderRoutes } from "./order-routes.ts";
export { putPlanInForce } from "./put-plan-in-force.ts";
export { reconcile } from "./reconcile/reconcile.ts";
export { replayEvent } from "./reconcile/replay-event.ts";
export { retryEvents } from "./reconcile/retry-events.ts";
export { showEvent, showReconciled, showReplay } from "./reconcile/show.ts";
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
export { sessionRoutes } from "./session-routes.ts";
export { endGraces } from "./subscriptions/end-graces.ts";
export { paymentSubscriptionRoutes } from "./subscriptions/payment-routes.ts";
export { reportOverage } from "./subscriptions/report-overage.ts";
export { portalRoutes, subscriptionRoutes } from "./subscriptions/routes.ts";
export { subscriptionsOf } from "./subscriptions/store.ts";
export { EVENT_STATUSES, ORDER_KINDS, ORDER_STATUSES } from "./tables.ts";
export { webhookRoutes } from "./webhook-routes.ts";
