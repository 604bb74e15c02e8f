import type { BatchItem } from "drizzle-orm/batch";
import { type Actor, auditStatement } from "../../../audit/index.ts";
import type { Database } from "../../../db.ts";
import { reversalAuditStatements } from "../../payments/reversal-audit.ts";
import {
  findSubscription,
  invoicesOf,
  type Subscription,
  writingInvoice,
  writingSubscription,
} from "../store.ts";
import type { Billed } from "./look.ts";
import { invoiceRow, type Sold, sameRow } from "./rows.ts";

/** What of a subscription is worth an entry in the audit log when it changes. */
const telling = ({
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

function subscriptionEntry(
  db: Database,
  row: Subscription,
  known: Subscription | undefined,
  nowMs: number,
) {
  const [before, after] = [known === undefined ? null : telling(known), telling(row)];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const actor: Actor = { kind: "stripe", id: row.id };
  const action =
    known?.status === row.status ? "subscription.changed" : `subscription.${row.status}`;
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
export async function writeDown(
  db: Database,
  row: Subscription,
  { billed, sold }: { billed: readonly Billed[]; sold: Sold },
  nowMs: number,
): Promise<boolean> {
  const { id: subscriptionId, userId } = row;
  const [known, invoices] = await Promise.all([
    findSubscription(db, subscriptionId),
    invoicesOf(db, subscriptionId),
  ]);
  const statements: BatchItem<"sqlite">[] = sameRow(row, known)
    ? []
    : [writingSubscription(db, row), ...subscriptionEntry(db, row, known, nowMs)];
  for (const one of billed) {
    const after = invoiceRow(one, { userId, subscriptionId, sold }, invoices, nowMs);
    const before = invoices.find(({ id }) => id === after.id);
    if (sameRow(after, before)) continue;
    const actor: Actor = { kind: "stripe", id: after.stripePaymentIntentId ?? after.id };
    statements.push(
      writingInvoice(db, after),
      ...reversalAuditStatements(db, after, one.reversals, actor, nowMs),
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
