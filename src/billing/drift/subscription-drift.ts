import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { grantsOf, type InvoiceGrant } from "../subscriptions/invoices/invoice-grants.ts";
import {
  allInvoicesOf,
  type Subscription,
  type SubscriptionInvoice,
} from "../subscriptions/store.ts";
import { fetchSnapshot } from "../subscriptions/sync/look.ts";
import { invoiceRow, subscriptionRow } from "../subscriptions/sync/rows.ts";
import { soldBy } from "../subscriptions/sync/settle.ts";
import { type Difference, differencesOf, type Subject } from "./difference.ts";
import { grantDrift } from "./grant-drift.ts";
import type { GrantLookup } from "./grant-lookup.ts";

const subscriptionFacts = (row: Subscription) => ({
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

const invoiceFacts = (row: SubscriptionInvoice) => ({
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
async function creditDrift(
  userId: string,
  invoices: readonly SubscriptionInvoice[],
  others: readonly SubscriptionInvoice[],
  grants: GrantLookup,
): Promise<Difference[]> {
  const due = new Map<string, InvoiceGrant>(
    grantsOf([...others, ...invoices]).map((grant) => [grant.invoiceId, grant]),
  );
  const differences: Difference[] = [];
  for (const { id } of invoices) {
    const grant = await grants.of(userId, `invoice:${id}`);
    if (grant !== null)
      differences.push(
        ...grantDrift({ id, userId, isRepairable: true }, grant ?? undefined, due.get(id) ?? null),
      );
  }
  return differences;
}

/**
 * Compares a subscription, its newest invoices and the credits that these gave with what Stripe
 * says of them. Changes nothing.
 * @returns the differences; why Stripe could not be asked
 */
export async function subscriptionDrift(
  env: Pick<Env, "DB">,
  config: Config,
  row: Subscription,
  grants: GrantLookup,
  nowMs: number,
): Promise<Result<Difference[]>> {
  const db = database(env.DB);
  const { id, userId } = row;
  const subject: Subject = { id, userId, isRepairable: true };
  const snapshot = await fetchSnapshot(config, id, null);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === null)
    return ok(
      differencesOf({ ...subject, isRepairable: false }, "subscription", { status: row.status }, null),
    );
  const { subscription, invoices: billed } = snapshot.value;
  const sold = await soldBy(db, snapshot.value);
  const due = subscriptionRow(
    subscription,
    billed,
    { userId, before: undefined, sold, graceDays: config.PAST_DUE_GRACE_DAYS },
    nowMs,
  );
  if (due === null) {
    const prices = subscription.items.map((item) => item.stripePriceId).join(" ");
    return ok(
      differencesOf(
        { ...subject, isRepairable: false },
        "subscription",
        { price: row.priceId },
        { price: prices },
      ),
    );
  }
  const differences = differencesOf(
    subject,
    "subscription",
    subscriptionFacts(row),
    subscriptionFacts(due),
  );
  const all = Map.groupBy(
    await allInvoicesOf(db, userId),
    ({ subscriptionId }) => subscriptionId === id,
  );
  const invoices = all.get(true) ?? [];
  const known = new Map(invoices.map((invoice) => [invoice.id, invoice]));
  const expected = new Map(known);
  for (const one of billed) {
    const before = known.get(one.invoice.id);
    const invoice = invoiceRow(one, { userId, subscriptionId: id, sold }, invoices, nowMs);
    // A draft is Stripe's alone until it is finalized.
    if (before === undefined && invoice.status === "draft") continue;
    expected.set(invoice.id, invoice);
    const here = before === undefined ? null : invoiceFacts(before);
    differences.push(
      ...differencesOf(
        { id: invoice.id, userId, isRepairable: true },
        "invoice",
        here,
        invoiceFacts(invoice),
      ),
    );
  }
  return ok([
    ...differences,
    ...(await creditDrift(userId, [...expected.values()], all.get(false) ?? [], grants)),
  ]);
}
