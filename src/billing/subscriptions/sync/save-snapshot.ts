import type { BatchItem } from "drizzle-orm/batch";
import type { Actor } from "../../../actor.ts";
import { auditStatement } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { batchAll, type Database } from "../../../db.ts";
import { reversalAuditStatements } from "../../payments/reversal-audit.ts";
import {
  findSubscription,
  listSubscriptionInvoices,
  type Subscription,
  upsertInvoice,
  upsertSubscription,
} from "../store.ts";
import type { InvoiceSnapshot } from "./fetch-snapshot.ts";
import { isSameRow, type SoldPrices, toInvoiceRow } from "./to-rows.ts";

/** Picks the fields of a subscription whose changes the audit log records. */
const auditedFields = ({
  status,
  planId,
  quantity,
  currency,
  cancelAtPeriodEnd,
  cancelAt,
  canceledAt,
}: Subscription) => ({
  status,
  planId,
  quantity,
  currency,
  cancelAtPeriodEnd,
  cancelAt,
  canceledAt,
});

function auditSubscription(
  db: Database,
  row: Subscription,
  stored: Subscription | undefined,
  nowMs: number,
) {
  const [before, after] = [stored === undefined ? null : auditedFields(stored), auditedFields(row)];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const actor: Actor = { kind: "stripe", id: row.id };
  const action =
    stored?.status === row.status ? "subscription.changed" : `subscription.${row.status}`;
  const once = [row.id, ...Object.values(after), row.currentPeriodStart, row.pastDueSince].join(
    ":",
  );
  return [
    auditStatement(
      db,
      { actor, action, subjectId: row.id, userId: row.userId, before, after, onceKey: once },
      nowMs,
    ),
  ];
}

/**
 * Saves a subscription and its invoices, with the audit log's entries, in one transaction.
 * @returns whether anything changed
 */
export async function saveSnapshot(
  { db, nowMs }: Context,
  row: Subscription,
  { invoices: snapshots, sold }: { invoices: readonly InvoiceSnapshot[]; sold: SoldPrices },
): Promise<boolean> {
  const { id: subscriptionId, userId } = row;
  const [stored, storedInvoices] = await Promise.all([
    findSubscription(db, subscriptionId),
    listSubscriptionInvoices(db, subscriptionId),
  ]);
  const statements: BatchItem<"sqlite">[] = isSameRow(row, stored)
    ? []
    : [upsertSubscription(db, row), ...auditSubscription(db, row, stored, nowMs)];
  for (const snapshot of snapshots) {
    const after = toInvoiceRow(snapshot, { userId, subscriptionId, sold }, storedInvoices, nowMs);
    const before = storedInvoices.find(({ id }) => id === after.id);
    if (isSameRow(after, before)) continue;
    const actor: Actor = { kind: "stripe", id: after.stripePaymentIntentId ?? after.id };
    statements.push(
      upsertInvoice(db, after),
      ...reversalAuditStatements(db, after, snapshot.reversals, actor, nowMs),
    );
    if (after.status !== "paid") continue;
    const { totalMinor, paidMinor, currency, creditsMicrocredits } = after;
    const facts = { subscriptionId, totalMinor, paidMinor, currency, creditsMicrocredits };
    const entry = {
      actor,
      action: "invoice.paid",
      subjectId: after.id,
      userId,
      after: facts,
      onceKey: `${after.id}:paid`,
    };
    statements.push(auditStatement(db, entry, nowMs));
  }
  await batchAll(db, statements);
  return statements.length > 0;
}
