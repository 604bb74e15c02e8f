import type { BatchItem } from "drizzle-orm/batch";
import { type Actor, auditing } from "../../audit/index.ts";
import type { Database } from "../../db.ts";
import type { MoneyBack } from "./standing.ts";

/** A sale whose money moved: an order, or an invoice of a subscription. */
interface Sold {
  readonly id: string;
  readonly userId: string;
  readonly currency: string;
}

/**
 * What the audit log is told of a payment: each refund and dispute, once in each state that was
 * seen of it.
 * @param actor Stripe's object that said so
 */
export function moneyBackEntries(
  db: Database,
  { id, userId, currency }: Sold,
  { refunds, disputes }: MoneyBack,
  actor: Actor,
  nowMs: number,
): BatchItem<"sqlite">[] {
  const entry = (
    kind: "refund" | "dispute",
    it: { id: string; amountMinor: number; status: string | null },
  ) => {
    const [action, after] = [
      `${kind}.${it.status}`,
      { [kind]: it.id, amountMinor: it.amountMinor, currency },
    ];
    return auditing(
      db,
      { actor, action, subjectId: id, userId, after, onceKey: `${it.id}:${it.status}` },
      nowMs,
    );
  };
  return [
    ...refunds.map((refund) => entry("refund", refund)),
    ...disputes.map((dispute) => entry("dispute", dispute)),
  ];
}
