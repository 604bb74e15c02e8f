import type { Context } from "../../context.ts";
import { decideInvoiceGrants } from "../subscriptions/invoices/invoice-grants.ts";
import { listUserInvoices, type SubscriptionInvoice } from "../subscriptions/store.ts";
import type { InvoiceSnapshot } from "../subscriptions/sync/fetch-snapshot.ts";
import { type SoldPrices, toInvoiceRow } from "../subscriptions/sync/to-rows.ts";
import { compareGrant } from "./compare-grant.ts";
import { type Difference, type DriftSubject, diffFields } from "./difference.ts";
import type { GrantLookup } from "./grant-lookup.ts";

/** The invoices of a subscription, as Stripe has them now. */
export interface InvoiceComparison {
  readonly userId: string;
  readonly subscriptionId: string;
  readonly snapshots: readonly InvoiceSnapshot[];
  readonly sold: SoldPrices;
}

const comparedFields = (invoice: SubscriptionInvoice) => ({
  status: invoice.status,
  totalMinor: invoice.totalMinor,
  paidMinor: invoice.paidMinor,
  refundedMinor: invoice.refundedMinor,
  disputed: invoice.disputed,
  creditsMicrocredits: invoice.creditsMicrocredits,
});

const subjectOf = ({ id, userId }: SubscriptionInvoice): DriftSubject => ({
  id,
  userId,
  isRepairable: true,
});

/**
 * Compares the grants of a subscription's invoices with those that follow from Stripe's state.
 * @param others the invoices of the user's other subscriptions, on which the grants depend
 */
async function compareInvoiceGrants(
  invoices: readonly SubscriptionInvoice[],
  others: readonly SubscriptionInvoice[],
  grants: GrantLookup,
): Promise<Difference[]> {
  const expectedGrants = decideInvoiceGrants([...others, ...invoices]);
  const expectedById = new Map(expectedGrants.map((grant) => [grant.invoiceId, grant]));
  const differences: Difference[] = [];
  for (const invoice of invoices) {
    const found = await grants.find(invoice.userId, `invoice:${invoice.id}`);
    const expected = expectedById.get(invoice.id) ?? null;
    if (found.known) differences.push(...compareGrant(subjectOf(invoice), found.grant, expected));
  }
  return differences;
}

/**
 * Compares the invoices of a subscription, and the credits that they gave, with Stripe's state.
 * Changes nothing.
 */
export async function compareInvoices(
  { db, nowMs }: Context,
  { userId, subscriptionId, snapshots, sold }: InvoiceComparison,
  grants: GrantLookup,
): Promise<Difference[]> {
  const all = await listUserInvoices(db, userId);
  const invoices = all.filter((invoice) => invoice.subscriptionId === subscriptionId);
  const others = all.filter((invoice) => invoice.subscriptionId !== subscriptionId);
  const storedById = new Map(invoices.map((invoice) => [invoice.id, invoice]));
  const expectedById = new Map(storedById);
  const differences: Difference[] = [];
  for (const snapshot of snapshots) {
    const stored = storedById.get(snapshot.invoice.id);
    const expected = toInvoiceRow(snapshot, { userId, subscriptionId, sold }, invoices, nowMs);
    // A draft is Stripe's alone until it is finalized.
    if (stored === undefined && expected.status === "draft") continue;
    expectedById.set(expected.id, expected);
    const storedFields = stored === undefined ? null : comparedFields(stored);
    differences.push(
      ...diffFields(subjectOf(expected), "invoice", storedFields, comparedFields(expected)),
    );
  }
  const expectedInvoices = [...expectedById.values()];
  return [...differences, ...(await compareInvoiceGrants(expectedInvoices, others, grants))];
}
