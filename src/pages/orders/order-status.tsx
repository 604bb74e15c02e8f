import type { ApiClient, ListItem } from "../api.ts";
import type { PageContext } from "../context.ts";

/** A payment, made or tried: an order, or an invoice of a subscription. */
export type Payment = ListItem<
  ApiClient["api"]["payments"]["users"][":userId"]["payments"]["$get"]
>;

/** The facts that the status of a payment follows from. */
export type PaymentFacts = Pick<Payment, "status" | "disputed" | "paidMinor" | "refundedMinor">;

type StatusName = keyof PageContext["var"]["words"]["orders"]["statuses"];

/** Statuses of orders and invoices that are not about money which came. */
const UNPAID: Readonly<Record<string, StatusName>> = {
  failed: "failed",
  uncollectible: "failed",
  void: "canceled",
};

/** Decides which status a payment is shown with. */
function toStatusName(payment: PaymentFacts): StatusName {
  const { status, disputed, paidMinor, refundedMinor } = payment;
  if (disputed) return "disputed";
  if (status === "refunded" || (refundedMinor > 0 && refundedMinor >= paidMinor)) return "refunded";
  if (refundedMinor > 0) return "partlyRefunded";
  if (status === "completed" || status === "paid") return "paid";
  return UNPAID[status] ?? "pending";
}

const KINDS: Readonly<Record<StatusName, string>> = {
  pending: "",
  paid: "good",
  failed: "bad",
  canceled: "",
  refunded: "",
  partlyRefunded: "warn",
  disputed: "bad",
};

/** The status of a payment, as a badge. */
export function StatusBadge({ c, payment }: { c: PageContext; payment: PaymentFacts }) {
  const name = toStatusName(payment);
  return <span class={`badge ${KINDS[name]}`}>{c.var.words.orders.statuses[name]}</span>;
}
