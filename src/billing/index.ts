/** The front door of billing: how payment becomes what was paid for. See README.md. */

export { pruneCardDeclines } from "./access/decline-limit.ts";
export { limitPayments } from "./access/limit-payments.ts";
export { admitPaymentRequest, prunePaymentRequests } from "./access/payment-rate-limit.ts";
export { resolveUser } from "./access/resolve-user.ts";
export { checkoutRoutes } from "./checkout/checkout-routes.ts";
export { sessionRoutes } from "./checkout/session-routes.ts";
export { checkoutPageView } from "./checkout/wire.ts";
export { deleteErasedCustomers } from "./customers/delete-erased-customers.ts";
export {
  iterateCheckoutSessions,
  iterateInvoices,
  iterateLicences,
  iterateOrders,
  iterateSales,
  iterateSubscriptions,
} from "./customers/export.ts";
export { invoiceRoutes } from "./customers/invoice-routes.ts";
export { paymentRoutes } from "./customers/routes.ts";
export { recordedInvoiceView } from "./customers/wire.ts";
export { DRIFT_SOURCES } from "./drift/drift-page.ts";
export { listDrift } from "./drift/list-drift.ts";
export { repairDrift } from "./drift/repair-drift.ts";
export { showDifference } from "./drift/show.ts";
export { differenceView } from "./drift/wire.ts";
export { applyEffectivePlan } from "./entitlement/apply-effective-plan.ts";
export { intentRoutes } from "./orders/intents/routes.ts";
export type { Checkout } from "./orders/open-checkout-page.ts";
export { pruneOrderKeys } from "./orders/order-key.ts";
export { orderRoutes } from "./orders/order-routes.ts";
export { findOrderWithSession } from "./orders/store.ts";
export { checkoutSessionView, orderView } from "./orders/wire.ts";
export { listDisputes } from "./payments/list-disputes.ts";
export { findOpenClaim } from "./payments/open-claim.ts";
export { disputeView } from "./payments/wire.ts";
export { previewRefund } from "./refunds/preview-refund.ts";
export { refundRoutes } from "./refunds/routes.ts";
export { refundPreviewView } from "./refunds/wire.ts";
export {
  countFailedEvents,
  fetchEvidenceDueAt,
  listDisputedPayments,
  listPastDueSubscriptions,
} from "./reports/attention.ts";
export { findPayingSubscriptions } from "./reports/find-paying-subscriptions.ts";
export { findSoldObjects } from "./reports/find-sold-objects.ts";
export { listAllOrders, type OrderQuery, showOrderToAdmin } from "./reports/list-orders.ts";
export { countOrdersByStatus } from "./reports/orders-by-status.ts";
export { listDailySales, listRecurringRevenue } from "./reports/revenue.ts";
export { loadInvoiceToAdmin, loadSubscriptionToAdmin } from "./reports/show-subscription.ts";
export {
  countActiveSubscriptions,
  countSubscriptions,
  type SubscriptionCounts,
} from "./reports/subscription-counts.ts";
export { invoiceToAdminView, orderToAdminView, subscriptionToAdminView } from "./reports/wire.ts";
export { createSaleCheckout } from "./sales/create-sale-checkout.ts";
export { hasLicence, isAgentOrdered, listLicences } from "./sales/licences.ts";
export { listSales } from "./sales/list-sales.ts";
export {
  type ConversationPaymentStatus,
  findConversationPaymentStatus,
  findOpenPageUrl,
  listConversationPayments,
  NO_PAYMENT,
} from "./sales/payment-status.ts";
export { licenceView, type SaleView, saleView } from "./sales/wire.ts";
export { checkAccount } from "./setup/check-account.ts";
export { checkWebhook, createWebhook, type WebhookState } from "./setup/webhook.ts";
export { findCustomerId } from "./stripe/customer.ts";
export { pushCatalog } from "./stripe-catalog/push-catalog.ts";
export { pushResultView } from "./stripe-catalog/wire.ts";
export { checkPortal, createPortal } from "./subscriptions/change/portal-configuration.ts";
export { reportOverage } from "./subscriptions/report-overage.ts";
export { subscriptionRoutes } from "./subscriptions/routes/own-routes.ts";
export { paymentSubscriptionRoutes } from "./subscriptions/routes/payment-routes.ts";
export { portalRoutes } from "./subscriptions/routes/portal-routes.ts";
export { listSubscriptionPage } from "./subscriptions/store.ts";
export { checkDueSubscriptions } from "./subscriptions/sync/check-due.ts";
export { syncLiveSubscriptions } from "./subscriptions/sync/sync-subscription.ts";
export { subscriptionView } from "./subscriptions/wire.ts";
export { type EventQuery, findEvent, type InboxEvent, listEvents } from "./sync/inbox.ts";
export { recheckOpenOrders } from "./sync/recheck-open-orders.ts";
export { reconcile } from "./sync/reconcile.ts";
export { isReconcileDue, pauseReconcile } from "./sync/reconcile-due.ts";
export { replayEvent } from "./sync/replay-event.ts";
export { retryEvents } from "./sync/retry-events.ts";
export { showEvent, showReconcileResult, showReplayResult } from "./sync/show.ts";
export { webhookRoutes } from "./sync/webhook-routes.ts";
export { eventView, reconcileResultView, replayResultView } from "./sync/wire.ts";
export { EVENT_STATUSES, ORDER_KINDS, ORDER_STATUSES } from "./tables.ts";
