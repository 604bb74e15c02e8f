import type { GrantReversal } from "../../../account/index.ts";
import { prorate } from "../../payments/prorate.ts";

/** The fields of a subscription's invoice that decide about its credits. */
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

/** The grant of an invoice, and the part of it that is reversed. */
export interface InvoiceGrant extends GrantReversal {
  readonly invoiceId: string;
  readonly amountMicrocredits: number;
}

const oldestFirst = (a: CreditedInvoice, b: CreditedInvoice): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/**
 * Decides the grants of all of a user's invoices, and the part of each that is taken back. It
 * depends on the present state of the invoices alone, and not on the order of events.
 *
 * An invoice gives once it is paid, with money or with the balance that an earlier change left. Its
 * lines for time that is given back take from the grants of earlier invoices of its subscription
 * whose period was not over yet, newest first, and where those have no more, from its own grant. A
 * refund of an invoice, or a lost dispute, takes its share of the credits of that invoice; while a
 * dispute is open, the whole grant is frozen.
 *
 * Time that is given back after its payment was reversed leaves the customer a balance that nobody
 * paid for. The credits that cannot be taken then are taken from later invoices in that currency,
 * of any subscription, which that balance pays. These count as reversed themselves: else a plan
 * that goes up and down would turn the unpaid balance into credits.
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
      const voided = prorate(Math.max(0, sum), { part: refundedMinor, whole: totalMinor });
      return { invoice, amount: sum + taken, voided, reversed: voided };
    })
    .filter(({ amount }) => amount > 0);
  for (const deducting of paid.filter(({ takenMicrocredits }) => takenMicrocredits > 0)) {
    // Stripe counts in seconds, so an invoice of the same second counts as earlier.
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
      let unpaid = Math.min(missing, grant.reversed);
      grant.reversed -= unpaid;
      for (const laterGrant of later) {
        const taken = Math.min(unpaid, laterGrant.amount - laterGrant.voided);
        laterGrant.voided += taken;
        laterGrant.reversed += taken;
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
