import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import {
  decideInvoiceGrants,
  type InvoiceGrant,
} from "../subscriptions/invoices/invoice-grants.ts";
import {
  listUserInvoices,
  type Subscription,
  type SubscriptionInvoice,
} from "../subscriptions/store.ts";
import { fetchSnapshot } from "../subscriptions/sync/fetch-snapshot.ts";
import { listSnapshotPrices } from "../subscriptions/sync/sync-subscription.ts";
import { toInvoiceRow, toSubscriptionRow } from "../subscriptions/sync/to-rows.ts";
import { compareGrant } from "./compare-grant.ts";
import { type Difference, type DriftSubject, diffFields } from "./difference.ts";
import type { GrantLookup } from "./grant-lookup.ts";

const comparedSubscriptionFields = (row: Subscription) => ({
  status: row.status,
  planId: row.planId,
  priceId: row.priceId,
  quantity: row.quantity,
  currentPeriodStart: row.currentPeriodStart,
  currentPeriodEnd: row.currentPeriodEnd,
  trialEnd: row.trialEnd,
  cancelAtPeriodEnd: row.cancelAtPeriodEnd,
  cancelAt: row.cancelAt,
  canceledAt: row.canceledAt,
  endedAt: row.endedAt,
});

const comparedInvoiceFields = (row: SubscriptionInvoice) => ({
  status: row.status,
  totalMinor: row.totalMinor,
  paidMinor: row.paidMinor,
  refundedMinor: row.refundedMinor,
  disputed: row.disputed,
  creditsMicrocredits: row.creditsMicrocredits,
});

/**
 * The grants of a subscription's invoices, as they should be, beside those that are there.
 * @param others those of the user's other subscriptions, on which they depend
 */
async function compareInvoiceGrants(
  userId: string,
  invoices: readonly SubscriptionInvoice[],
  others: readonly SubscriptionInvoice[],
  grants: GrantLookup,
): Promise<Difference[]> {
  const expected = new Map<string, InvoiceGrant>(
    decideInvoiceGrants([...others, ...invoices]).map((grant) => [grant.invoiceId, grant]),
  );
  const differences: Difference[] = [];
  for (const { id } of invoices) {
    const grant = await grants.find(userId, `invoice:${id}`);
    if (grant !== null)
      differences.push(
        ...compareGrant(
          { id, userId, isRepairable: true },
          grant ?? undefined,
          expected.get(id) ?? null,
        ),
      );
  }
  return differences;
}

/**
 * Compares a subscription, its newest invoices and the credits that these gave with what Stripe
 * says of them. Changes nothing.
 * @returns the differences; why Stripe could not be asked
 */
export async function compareSubscription(
  ctx: Context,
  row: Subscription,
  grants: GrantLookup,
): Promise<Result<Difference[]>> {
  const { db, config, nowMs } = ctx;
  const { id, userId } = row;
  const subject: DriftSubject = { id, userId, isRepairable: true };
  const snapshot = await fetchSnapshot(config, id, null);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === null)
    return ok(
      diffFields({ ...subject, isRepairable: false }, "subscription", { status: row.status }, null),
    );
  const { subscription, invoices: snapshots } = snapshot.value;
  const sold = await listSnapshotPrices(db, snapshot.value);
  const expectedRow = toSubscriptionRow(
    subscription,
    snapshots,
    { userId, stored: undefined, sold, graceDays: config.PAST_DUE_GRACE_DAYS },
    nowMs,
  );
  if (expectedRow === null) {
    const prices = subscription.items.map((item) => item.stripePriceId).join(" ");
    return ok(
      diffFields(
        { ...subject, isRepairable: false },
        "subscription",
        { price: row.priceId },
        { price: prices },
      ),
    );
  }
  const differences = diffFields(
    subject,
    "subscription",
    comparedSubscriptionFields(row),
    comparedSubscriptionFields(expectedRow),
  );
  const all = Map.groupBy(
    await listUserInvoices(db, userId),
    ({ subscriptionId }) => subscriptionId === id,
  );
  const invoices = all.get(true) ?? [];
  const storedById = new Map(invoices.map((invoice) => [invoice.id, invoice]));
  const expectedById = new Map(storedById);
  for (const invoiceSnapshot of snapshots) {
    const stored = storedById.get(invoiceSnapshot.invoice.id);
    const invoice = toInvoiceRow(
      invoiceSnapshot,
      { userId, subscriptionId: id, sold },
      invoices,
      nowMs,
    );
    // A draft is Stripe's alone until it is finalized.
    if (stored === undefined && invoice.status === "draft") continue;
    expectedById.set(invoice.id, invoice);
    const here = stored === undefined ? null : comparedInvoiceFields(stored);
    differences.push(
      ...diffFields(
        { id: invoice.id, userId, isRepairable: true },
        "invoice",
        here,
        comparedInvoiceFields(invoice),
      ),
    );
  }
  return ok([
    ...differences,
    ...(await compareInvoiceGrants(
      userId,
      [...expectedById.values()],
      all.get(false) ?? [],
      grants,
    )),
  ]);
}
