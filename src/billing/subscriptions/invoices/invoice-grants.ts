import type { GrantReversal } from "../../../account/index.ts";
import { proratedReversal } from "../../payments/payment-state.ts";

/** An invoice of a subscription, as far as its credits go. */
interface CreditedInvoice {
  readonly id: string;
  readonly subscriptionId: string;
  readonly currency: string;
  readonly status: string;
  readonly creditsMicrocredits: number;
  readonly takenMicrocredits: number;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly disputed: boolean;
  readonly periodEnd: number;
  readonly createdAt: number;
}

/** What an invoice gave, and where that stands. */
export interface InvoiceGrant extends GrantReversal {
  readonly invoiceId: string;
  readonly amountMicrocredits: number;
}

const oldestFirst = (a: CreditedInvoice, b: CreditedInvoice): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/**
 * What the invoices of all of a user's subscriptions give, and what of that is taken back: a pure
 * function of how they stand now, whatever order they became so in.
 *
 * An invoice gives once it is paid, by whatever: money, or the balance that an earlier change left.
 * Its lines for time that is given back take from what earlier invoices of its subscription gave
 * for time that was not over yet, newest first, and where those have no more, from what it gives
 * itself. What was refunded of an invoice, or lost in a dispute, takes its share of what that
 * invoice came to; while a dispute is open all that it gave is frozen.
 *
 * Time that is given back though its money had gone back leaves the customer a balance that nobody
 * paid for. So what is then not there to be taken is taken from later invoices in that currency, of
 * whatever subscription, which that balance pays; and these are then as if their money had gone
 * back, or a plan that goes up and down would wash the balance clean.
 */
export function decideInvoiceGrants(invoices: readonly CreditedInvoice[]): InvoiceGrant[] {
  const paid = invoices.filter(({ status }) => status === "paid").toSorted(oldestFirst);
  const grants = paid
    .map((invoice) => {
      const {
        creditsMicrocredits: sum,
        takenMicrocredits: taken,
        refundedMinor,
        totalMinor,
      } = invoice;
      const voided = proratedReversal(Math.max(0, sum), { refundedMinor, paidMinor: totalMinor });
      return { invoice, amount: sum + taken, voided, wentBack: voided };
    })
    .filter(({ amount }) => amount > 0);
  for (const deducting of paid.filter(({ takenMicrocredits }) => takenMicrocredits > 0)) {
    // Of the same second is earlier too: Stripe counts in seconds.
    const earlier = grants.filter(
      ({ invoice: { id, subscriptionId, createdAt, periodEnd } }) =>
        subscriptionId === deducting.subscriptionId &&
        createdAt <= deducting.createdAt &&
        deducting.createdAt < periodEnd &&
        id !== deducting.id,
    );
    const later = grants.filter(
      ({ invoice: { currency, createdAt } }) =>
        currency === deducting.currency && createdAt > deducting.createdAt,
    );
    const own = grants.filter(({ invoice }) => invoice.id === deducting.id);
    let missing = deducting.takenMicrocredits;
    for (const grant of [...earlier.toReversed(), ...own]) {
      const taken = Math.min(missing, grant.amount - grant.voided);
      grant.voided += taken;
      missing -= taken;
    }
    for (const grant of earlier) {
      let unpaid = Math.min(missing, grant.wentBack);
      grant.wentBack -= unpaid;
      for (const laterGrant of later) {
        const taken = Math.min(unpaid, laterGrant.amount - laterGrant.voided);
        laterGrant.voided += taken;
        laterGrant.wentBack += taken;
        unpaid -= taken;
        missing -= taken;
      }
    }
  }
  return grants.map(({ invoice, amount, voided }) => ({
    invoiceId: invoice.id,
    amountMicrocredits: amount,
    voidedMicrocredits: voided,
    frozen: invoice.disputed,
  }));
}
