/** The fields of a subscription's invoice that are about money. Amounts in minor units. */
interface PaidInvoice {
  readonly id: string;
  readonly status: string;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly createdAt: number;
}

/**
 * Returns how much of each invoice's money became the customer's balance. An invoice below 0, which
 * a cheaper plan or an early end brings, credits the amounts of earlier invoices, newest first.
 * Pure.
 * @returns minor units by the invoice's id, without invoices whose money did not
 */
export function creditedAmounts(invoices: readonly PaidInvoice[]): ReadonlyMap<string, number> {
  const paid = invoices
    .filter(({ status }) => status === "paid")
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const credited = new Map<string, number>();
  for (const crediting of paid.filter(({ totalMinor }) => totalMinor < 0).toReversed()) {
    let remaining = -crediting.totalMinor;
    for (const { id, createdAt, paidMinor, refundedMinor } of paid) {
      // Stripe counts in seconds, so an invoice of the same second counts as earlier.
      if (createdAt > crediting.createdAt) continue;
      const alreadyCredited = credited.get(id) ?? 0;
      const part = Math.min(remaining, Math.max(0, paidMinor - refundedMinor - alreadyCredited));
      if (part > 0) credited.set(id, alreadyCredited + part);
      remaining -= part;
    }
  }
  return credited;
}
