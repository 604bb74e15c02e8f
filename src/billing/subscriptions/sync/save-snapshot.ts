import type { BatchItem } from "drizzle-orm/batch";
import type { Actor } from "../../../actor.ts";
import { auditStatement } from "../../../audit/index.ts";
import type { Database } from "../../../db.ts";
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

/** What of a subscription is worth an entry in the audit log when it changes. */
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
 * Writes down how a subscription and its invoices stand, with what the audit log is told of it, all
 * or nothing.
 * @returns whether anything was news
 */
export async function saveSnapshot(
  db: Database,
  row: Subscription,
  { billed: snapshots, sold }: { billed: readonly InvoiceSnapshot[]; sold: SoldPrices },
  nowMs: number,
): Promise<boolean> {
  const { id: subscriptionId, userId } = row;
  const [stored, invoices] = await Promise.all([
    findSubscription(db, subscriptionId),
    listSubscriptionInvoices(db, subscriptionId),
  ]);
  const statements: BatchItem<"sqlite">[] = isSameRow(row, stored)
    ? []
    : [upsertSubscription(db, row), ...auditSubscription(db, row, stored, nowMs)];
  for (const snapshot of snapshots) {
    const after = toInvoiceRow(snapshot, { userId, subscriptionId, sold }, invoices, nowMs);
    const before = invoices.find(({ id }) => id === after.id);
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
  const [first, ...rest] = statements;
  if (first === undefined) return false;
  await db.batch([first, ...rest]);
  return true;
}
