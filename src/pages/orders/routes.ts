import { pageRouter, requireSignIn } from "../context.ts";
import { redirectToParent } from "../redirect-to-parent.ts";
import { openDocument } from "./open-document.ts";
import { orderPage } from "./order-page.tsx";
import { ordersPage } from "./orders-page.tsx";
import { refundSale } from "./refund-sale.ts";

/** `/orders`: what the reader bought. */
export const orderPages = pageRouter()
  .use(requireSignIn)
  .get("/", ordersPage)
  .get("/:id", orderPage)
  .get("/:id/receipt", openDocument("receipt"))
  .get("/:id/invoice", openDocument("invoice"))
  .post("/:id/refund", refundSale)
  .get("/:id/:form", redirectToParent);
