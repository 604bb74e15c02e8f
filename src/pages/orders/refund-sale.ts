import { ApiRefusal, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { idempotencyHeader, readForm } from "../form-components.tsx";
import { formatMoney } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { renderProblem } from "../problem-page.tsx";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";

/** `POST /orders/:id/refund`: refunds what the reader has not used of a sale. */
export async function refundSale(c: PageContext) {
  const id = pathParam(c, "id");
  const { once } = await readForm(c);
  const json = id.startsWith("in_") ? { invoiceId: id } : { orderId: id };
  try {
    const refund = await unwrap(
      c.var.api.api.payments.refunds.$post({ json }, idempotencyHeader(once)),
    );
    flash(c, "refunded", formatMoney(c, refund.amountMinor, refund.currency));
    return c.redirect(`/orders/${id}`, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return renderProblem(c, error.status, refusalText(c, error), `/orders/${id}`);
    throw error;
  }
}
