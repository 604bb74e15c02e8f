/** The front door of billing: how payment becomes what was paid for. See README.md. */
export { type Pushed, pushCatalog } from "./catalog/push-catalog.ts";
export { checkoutRoutes } from "./checkout-routes.ts";
export { healOrders } from "./heal.ts";
export { findEvent, listEvents } from "./inbox.ts";
export { orderRoutes } from "./order-routes.ts";
export { putPlanInForce } from "./put-plan-in-force.ts";
export { reconcile } from "./reconcile/reconcile.ts";
export { replayEvent } from "./reconcile/replay-event.ts";
export { retryEvents } from "./reconcile/retry-events.ts";
export { showEvent, showReconciled, showReplay } from "./reconcile/show.ts";
export { findOrders, showOrderToAdmin } from "./reports/list-orders.ts";
export { recurringRevenue, salesByDay } from "./reports/revenue.ts";
export { sessionRoutes } from "./session-routes.ts";
export { subscriptionsOf } from "./subscriptions/store.ts";
export { EVENT_STATUSES, ORDER_KINDS, ORDER_STATUSES } from "./tables.ts";
export { webhookRoutes } from "./webhook-routes.ts";
