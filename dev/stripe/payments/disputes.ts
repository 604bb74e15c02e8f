import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import type { Charge, Dispute } from "../wire.ts";

const EVIDENCE: Dispute["evidence"] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

const DAYS_TO_ANSWER = 9;
const DAY_SECONDS = 86_400;

/**
 * Opens a dispute of a charge. A dispute takes the money at once; an inquiry takes none, and may
 * become a dispute.
 * @param params.amountMinor by default the amount that was not refunded
 */
export function openDispute(
  ctx: Context,
  charge: Charge,
  params: {
    readonly amountMinor?: number | undefined;
    readonly reason?: string | undefined;
    readonly isInquiry?: boolean;
  },
): Dispute {
  const { isInquiry = false, reason = "general" } = params;
  const brand = charge.payment_method_details?.card?.brand;
  const dispute = ctx.store.disputes.put({
    id: newId("du", 23, "1"),
    object: "dispute",
    amount: params.amountMinor ?? charge.amount - charge.amount_refunded,
    balance_transactions: [],
    charge: charge.id,
    created: ctx.nowSeconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: EVIDENCE,
    evidence_details: {
      due_by: ctx.nowSeconds() + DAYS_TO_ANSWER * DAY_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    ...(typeof brand === "string"
      ? {
          payment_method_details: {
            type: "card",
            card: {
              brand,
              case_type: isInquiry ? "inquiry" : "chargeback",
              network: brand,
              network_reason_code: "83",
            },
          },
        }
      : {}),
    reason,
    status: isInquiry ? "warning_needs_response" : "needs_response",
  });
  ctx.store.charges.put({ ...charge, disputed: true });
  emit(ctx, "charge.dispute.created", dispute);
  if (!isInquiry) emit(ctx, "charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

const ENDED = ["won", "lost", "warning_closed", "prevented"];
export const isOpen = (dispute: Dispute): boolean => !ENDED.includes(dispute.status);
export const isInquiry = (dispute: Dispute): boolean => dispute.status.startsWith("warning_");

/**
 * Closes a dispute as the bank decides. Returns false if it has ended, or cannot end this way: an
 * inquiry ends as `warning_closed`, a dispute does not.
 */
export function closeDispute(
  ctx: Context,
  id: string,
  outcome: "won" | "lost" | "warning_closed",
): boolean {
  const dispute = ctx.store.disputes.get(id);
  if (
    dispute === undefined ||
    !isOpen(dispute) ||
    isInquiry(dispute) !== (outcome === "warning_closed")
  )
    return false;
  const closed = ctx.store.disputes.put({ ...dispute, status: outcome });
  if (outcome === "won") emit(ctx, "charge.dispute.funds_reinstated", closed);
  emit(ctx, "charge.dispute.closed", closed);
  return true;
}

/**
 * Appeals a dispute that was lost: it is open again, and the money stays with the bank. Returns
 * false if it was not lost.
 */
export function appealDispute(ctx: Context, id: string): boolean {
  const dispute = ctx.store.disputes.get(id);
  if (dispute?.status !== "lost") return false;
  const appealed = ctx.store.disputes.put({ ...dispute, status: "appeal_needs_response" });
  emit(ctx, "charge.dispute.updated", appealed, { status: dispute.status });
  return true;
}

/**
 * Turns an inquiry into a dispute, which takes the money. Returns false if it is not an open
 * inquiry.
 */
export function escalateInquiry(ctx: Context, id: string): boolean {
  const dispute = ctx.store.disputes.get(id);
  if (dispute === undefined || !isOpen(dispute) || !isInquiry(dispute)) return false;
  const escalated = ctx.store.disputes.put({
    ...dispute,
    status: "needs_response",
    is_charge_refundable: false,
  });
  emit(ctx, "charge.dispute.updated", escalated, { status: dispute.status });
  emit(ctx, "charge.dispute.funds_withdrawn", escalated);
  return true;
}
