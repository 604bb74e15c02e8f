import { router } from "../../http/factory.ts";
import { customerRoutes } from "./customer-routes.ts";
import { paymentMethodRoutes } from "./payment-method-routes.ts";
import { paymentUserRoutes } from "./user-routes.ts";

/**
 * `/api/payments`: customers, their payment methods, what they paid, and what of their plan is
 * used.
 */
export const paymentRoutes = router()
  .route("/customers", customerRoutes)
  .route("/customers", paymentMethodRoutes)
  .route("/users", paymentUserRoutes);
