import { router } from "../../http/factory.ts";
import { customerRoutes } from "./customer-routes.ts";
import { paymentMethodRoutes } from "./payment-method-routes.ts";
import { paymentUserRoutes } from "./user-routes.ts";

/** `/api/payments`: customers, their payment methods, their payments, and the use of their plan. */
export const paymentRoutes = router()
  .route("/customers", customerRoutes)
  .route("/customers", paymentMethodRoutes)
  .route("/users", paymentUserRoutes);
