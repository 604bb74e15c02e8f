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
 * Builds the statements that record a payment's refunds and disputes in the audit log: each of them
 * once in each state that was seen.
 * @param actor the object at Stripe that reported them
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
    const action = `${kind}.${reversal.status}`;
    const after = { [kind]: reversal.id, amountMinor: reversal.amountMinor, currency };
    const onceKey = `${reversal.id}:${reversal.status}`;
    return auditStatement(db, { actor, action, subjectId: id, userId, after, onceKey }, nowMs);
  };
  return [
    ...refunds.map((refund) => entry("refund", refund)),
    ...disputes.map((dispute) => entry("dispute", dispute)),
  ];
}
