import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, created, metadata, paging, text, unsettable } from "../params.ts";
import { closeDispute, isInquiry, isOpen } from "../payments/disputes.ts";
import type { Dispute } from "../wire.ts";

const evidenceText = unsettable(text(20_000)).optional();
const evidence = z.strictObject({
  access_activity_log: evidenceText,
  billing_address: evidenceText,
  cancellation_policy_disclosure: evidenceText,
  cancellation_rebuttal: evidenceText,
  customer_email_address: evidenceText,
  customer_name: evidenceText,
  customer_purchase_ip: evidenceText,
  duplicate_charge_explanation: evidenceText,
  duplicate_charge_id: evidenceText,
  product_description: evidenceText,
  refund_policy_disclosure: evidenceText,
  refund_refusal_explanation: evidenceText,
  service_date: evidenceText,
  uncategorized_text: evidenceText,
});

function findDispute(ctx: Context, id: string): Dispute {
  const dispute = ctx.store.disputes.get(id);
  if (dispute === undefined) throw missing("dispute", id);
  return dispute;
}

const OUTCOMES: Readonly<Record<string, "won" | "lost">> = {
  winning_evidence: "won",
  losing_evidence: "lost",
};

export const disputes = [
  endpoint({
    method: "get",
    path: "/v1/disputes",
    params: z.strictObject({
      ...paging,
      charge: text().optional(),
      created: created.optional(),
      payment_intent: text().optional(),
    }),
    returns: { list: "dispute" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.disputes
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.charge === undefined || row.charge === params.charge) &&
            (params.payment_intent === undefined || row.payment_intent === params.payment_intent),
        );
      return paginate(wanted, params, "dispute", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/disputes/:id",
    params: z.strictObject({}),
    returns: "dispute",
    run: ({ ctx, id }) => findDispute(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/disputes/:id",
    params: z.strictObject({
      evidence: evidence.optional(),
      metadata: metadata.optional(),
      submit: bool.optional(),
    }),
    returns: "dispute",
    run({ ctx, params, id }) {
      const before = findDispute(ctx, id);
      if (params.evidence !== undefined && !isOpen(before))
        throw invalid("This dispute is already closed.", "evidence");
      const evidence = Object.fromEntries(
        Object.entries(params.evidence ?? {}).filter(([, value]) => value !== undefined),
      );
      // As in Stripe's API, evidence is submitted at once unless `submit` is false.
      const isSubmitted = params.evidence !== undefined && params.submit !== false;
      const reviewStatus = isInquiry(before) ? "warning_under_review" : "under_review";
      const details = before.evidence_details;
      const after: Dispute = {
        ...before,
        evidence: { ...before.evidence, ...evidence },
        evidence_details: {
          ...details,
          has_evidence: details.has_evidence || params.evidence !== undefined,
          submission_count: details.submission_count + (isSubmitted ? 1 : 0),
          submission_method: isSubmitted ? "manual" : details.submission_method,
        },
        metadata: mergeMetadata(before.metadata, params.metadata),
        status: isSubmitted ? reviewStatus : before.status,
      };
      const previous = previousAttributes(before, after);
      if (previous === undefined) return before;
      ctx.store.disputes.put(after);
      emit(ctx, "charge.dispute.updated", after, previous);
      // In Stripe's test mode, these texts as evidence decide the outcome.
      const outcome = isSubmitted ? OUTCOMES[after.evidence.uncategorized_text ?? ""] : undefined;
      if (outcome !== undefined) closeDispute(ctx, id, outcome);
      return findDispute(ctx, id);
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/disputes/:id/close",
    params: z.strictObject({}),
    returns: "dispute",
    run({ ctx, id }) {
      if (!isOpen(findDispute(ctx, id))) throw invalid("This dispute is already closed.");
      if (!closeDispute(ctx, id, "lost"))
        throw invalid("An inquiry cannot be closed here; the bank closes it.");
      return findDispute(ctx, id);
    },
  }),
];
