import type { PageContext } from "../context.ts";
import { pathParam } from "../path-param.ts";
import { renderProblem } from "../problem-page.tsx";
import { loadSale } from "./sale.ts";

/**
 * `GET /orders/:id/receipt` and `/invoice`: redirects to Stripe's page or PDF, whose address is
 * fetched each time, since it expires. A sale that lacks the one leads to the other.
 */
export const openDocument = (document: "receipt" | "invoice") => async (c: PageContext) => {
  const { orders: words } = c.var.words;
  const id = pathParam(c, "id");
  const { receipt } = await loadSale(c, id);
  const { receiptUrl = null, invoiceUrl = null, pdfUrl = null } = receipt ?? {};
  const url =
    document === "receipt" ? (receiptUrl ?? invoiceUrl) : (pdfUrl ?? invoiceUrl ?? receiptUrl);
  if (url !== null) return c.redirect(url, 303);
  const problem = document === "receipt" ? words.noReceipt : words.noInvoice;
  return renderProblem(c, 404, problem, `/orders/${id}`);
};
