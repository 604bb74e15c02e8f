import type { GrantStanding } from "../../account/index.ts";
import { shareBack } from "../refunds/standing.ts";

/** An invoice of a subscription, as far as its credits go. */
interface CreditedInvoice {
  readonly id: string;
  readonly status: string;
  readonly creditsMicrocredits: number;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly disputed: boolean;
  readonly createdAt: number;
}

/** What an invoice gave, and where that stands. */
export interface InvoiceGrant extends GrantStanding {
  readonly invoiceId: string;
  readonly amountMicrocredits: number;
}

const oldestFirst = (a: CreditedInvoice, b: CreditedInvoice): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/**
 * What the invoices of a subscription give, and what of that is taken back: a pure function of how they stand now, whatever order they
 * became so in.
 *
 * An invoice gives once it is paid, by whatever: money, or the balance that an earlier change left. One that comes to less than
 * nothing takes from what earlier ones of the subscription gave, newest first. What was refunded of an invoice, or lost in a
 * dispute, takes its share of that invoice; while a dispute is open all of it is frozen.
 */
export function grantsOf(invoices: readonly CreditedInvoice[]): InvoiceGrant[] {
  const paid = invoices.filter(({ status }) => status === "paid").toSorted(oldestFirst);
  const given = paid
    .filter(({ creditsMicrocredits }) => creditsMicrocredits > 0)
    .map((invoice) => {
      const { creditsMicrocredits: amount, refundedMinor, totalMinor } = invoice;
      return { invoice, amount, voided: shareBack(amount, { refundedMinor, paidMinor: totalMinor }) };
    });
  for (const taking of paid.filter(({ creditsMicrocredits }) => creditsMicrocredits < 0)) {
    let missing = -taking.creditsMicrocredits;
    for (const grant of given.toReversed()) {
      // Of the same second is earlier too: Stripe counts in seconds.
      if (missing === 0 || grant.invoice.createdAt > taking.createdAt) continue;
      const taken = Math.min(missing, grant.amount - grant.voided);
      grant.voided += taken;
      missing -= taken;
    }
  }
  return given.map(({ invoice, amount, voided }) => ({
    invoiceId: invoice.id,
    amountMicrocredits: amount,
    voidedMicrocredits: voided,
    frozen: invoice.disputed,
  }));
}
