import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { callStripe } from "../stripe/stripe.ts";
import { secondsToMs } from "../stripe/values.ts";
import type { DisputeView } from "./wire.ts";

const showDispute = (dispute: Stripe.Dispute): DisputeView => {
  const { due_by, has_evidence, past_due, submission_count } = dispute.evidence_details;
  const { payment_intent: intent } = dispute;
  return {
    id: dispute.id,
    paymentIntentId: typeof intent === "string" ? intent : (intent?.id ?? null),
    amountMinor: dispute.amount,
    currency: dispute.currency,
    reason: dispute.reason,
    status: dispute.status,
    evidenceDueAt: toIsoOrNull(due_by === null ? null : secondsToMs(due_by)),
    hasEvidence: has_evidence || submission_count > 0,
    isPastDue: past_due,
    createdAt: toIso(secondsToMs(dispute.created)),
  };
};

/**
 * Lists disputes as Stripe has them now, newest first.
 * @param paymentIntentId undefined for those of all payments
 */
export async function listDisputes(
  config: Config,
  { paymentIntentId, limit }: { paymentIntentId: string | undefined; limit: number },
): Promise<Result<readonly DisputeView[]>> {
  const listed = await callStripe(config, (stripe) =>
    stripe.disputes.list({
      limit,
      ...(paymentIntentId === undefined ? {} : { payment_intent: paymentIntentId }),
    }),
  );
  return listed.ok ? ok(listed.value.data.map(showDispute)) : listed;
}
