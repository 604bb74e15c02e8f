/** The front door of billing: how payment becomes what was paid for. See README.md. */
export { checkoutRoutes } from "./checkout-routes.ts";
export { healOrders } from "./heal.ts";
export { orderRoutes } from "./order-routes.ts";
export { sessionRoutes } from "./session-routes.ts";
export { webhookRoutes } from "./webhook-routes.ts";
