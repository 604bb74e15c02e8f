import type { BatchItem } from "drizzle-orm/batch";
import type { Actor } from "../../actor.ts";
import { auditStatement } from "../../audit/index.ts";
import type { Database } from "../../db.ts";
import type { Reversals } from "./payment-state.ts";

/** A sale whose money moved: an order, or an invoice of a subscription. */
interface ReversedSale {
  readonly id: string;
  readonly userId: string;
  readonly currency: string;
}

/**
 * What the audit log is told of a payment: each refund and dispute, once in each state that was
 * seen of it.
 * @param actor Stripe's object that said so
 */
export function reversalAuditStatements(
  db: Database,
  { id, userId, currency }: ReversedSale,
  { refunds, disputes }: Reversals,
  actor: Actor,
  nowMs: number,
): BatchItem<"sqlite">[] {
  const entry = (
    kind: "refund" | "dispute",
    reversal: { id: string; amountMinor: number; status: string | null },
  ) => {
    const [action, after] = [
      `${kind}.${reversal.status}`,
      { [kind]: reversal.id, amountMinor: reversal.amountMinor, currency },
    ];
    return auditStatement(
      db,
      { actor, action, subjectId: id, userId, after, onceKey: `${reversal.id}:${reversal.status}` },
      nowMs,
    );
  };
  return [
    ...refunds.map((refund) => entry("refund", refund)),
    ...disputes.map((dispute) => entry("dispute", dispute)),
  ];
}
