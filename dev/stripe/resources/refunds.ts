import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { created, int, metadata, paging, text } from "../params.ts";
import { createRefund } from "../payments/refunds.ts";
import type { Charge, Refund } from "../wire.ts";

/**
 * Finds the charge to be refunded.
 * @throws {ApiError} 400
 */
function resolveCharge(
  ctx: Context,
  params: { charge?: string | undefined; payment_intent?: string | undefined },
): Charge {
  const { charge: chargeId, payment_intent: intentId } = params;
  if (chargeId !== undefined && intentId !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: charge, payment_intent.",
      "charge",
    );
  }
  if (intentId !== undefined) {
    const intent = ctx.store.paymentIntents.get(intentId);
    if (intent === undefined) throw missing("payment_intent", intentId, "payment_intent");
    const charge = ctx.store.charges.get(intent.latest_charge ?? "");
    if (intent.status === "succeeded" && charge !== undefined) return charge;
    throw invalid(
      `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
      "payment_intent",
    );
  }
  if (chargeId === undefined) {
    throw invalid(
      "One of the following params should be provided for this request: payment_intent or charge.",
    );
  }
  const charge = ctx.store.charges.get(chargeId);
  if (charge === undefined) throw missing("charge", chargeId, "charge");
  return charge;
}

function findRefund(ctx: Context, id: string): Refund {
  const refund = ctx.store.refunds.get(id);
  if (refund === undefined) throw missing("refund", id);
  return refund;
}

export const refunds = [
  endpoint({
    method: "post",
    path: "/v1/refunds",
    params: z.strictObject({
      amount: int(1).optional(),
      charge: text().optional(),
      metadata: metadata.optional(),
      payment_intent: text().optional(),
      reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
    }),
    returns: "refund",
    run: ({ ctx, params }) =>
      createRefund(ctx, resolveCharge(ctx, params), {
        amountMinor: params.amount,
        reason: params.reason,
        metadata: mergeMetadata({}, params.metadata),
      }),
  }),
  endpoint({
    method: "get",
    path: "/v1/refunds",
    params: z.strictObject({
      ...paging,
      charge: text().optional(),
      created: created.optional(),
      payment_intent: text().optional(),
    }),
    returns: { list: "refund" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.refunds
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.charge === undefined || row.charge === params.charge) &&
            (params.payment_intent === undefined || row.payment_intent === params.payment_intent),
        );
      return paginate(wanted, params, "refund", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/refunds/:id",
    params: z.strictObject({}),
    returns: "refund",
    run: ({ ctx, id }) => findRefund(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/refunds/:id",
    params: z.strictObject({ metadata: metadata.optional() }),
    returns: "refund",
    run({ ctx, params, id }) {
      const before = findRefund(ctx, id);
      const after = { ...before, metadata: mergeMetadata(before.metadata ?? {}, params.metadata) };
      const previous = previousAttributes(before, after);
      if (previous === undefined) return before;
      emit(ctx, "refund.updated", after, previous);
      emit(ctx, "charge.refund.updated", after, previous);
      return ctx.store.refunds.put(after);
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/refunds/:id/cancel",
    params: z.strictObject({}),
    returns: "refund",
    run({ ctx, id }) {
      // Only a refund that requires an action of its customer can be canceled, and those of cards
      // and bank debits never do.
      const { status } = findRefund(ctx, id);
      throw invalid(
        "You can only cancel a refund with a status of requires_action. " +
          `This refund has a status of ${status}.`,
      );
    },
  }),
];
