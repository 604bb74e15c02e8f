import type { Context } from "../context.ts";
import { formatMoney } from "../currencies.ts";
import { invalid } from "../errors.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import type { Charge, Refund } from "../wire.ts";
import { isInquiry, isOpen } from "./disputes.ts";
import { behaviourOfMethod } from "./methods.ts";

/** The delay after which some test cards' refunds complete. */
const DELAYED_REFUND_SECONDS = 60;

const behaviourOfCharge = (ctx: Context, charge: Charge | undefined) => {
  const method = ctx.store.paymentMethods.get(charge?.payment_method ?? "");
  const behaviour = method === undefined ? undefined : behaviourOfMethod(ctx, method);
  return behaviour?.does === "pays" ? behaviour.later : undefined;
};

/** Updates the refunded amount of a charge, which includes pending refunds. */
function updateRefundTotals(ctx: Context, charge: Charge): Charge {
  const amount_refunded = ctx.store.refunds
    .oldestFirst()
    .filter(
      (refund) =>
        refund.charge === charge.id && refund.status !== "failed" && refund.status !== "canceled",
    )
    .reduce((sum, refund) => sum + refund.amount, 0);
  return ctx.store.charges.put({
    ...charge,
    amount_refunded,
    refunded: amount_refunded === charge.amount,
  });
}

function checkRefundable(ctx: Context, charge: Charge, amountMinor: number): void {
  if (charge.status !== "succeeded")
    throw invalid(`Charge ${charge.id} was not successful, so it cannot be refunded.`, "charge");
  if (charge.refunded)
    throw invalid(
      `Charge ${charge.id} has already been refunded.`,
      undefined,
      "charge_already_refunded",
    );
  const disputes = ctx.store.disputes
    .oldestFirst()
    .filter((dispute) => dispute.charge === charge.id);
  if (
    disputes.some(
      (dispute) => dispute.status === "lost" || (isOpen(dispute) && !isInquiry(dispute)),
    )
  ) {
    throw invalid(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      undefined,
      "charge_disputed",
    );
  }
  const refundableMinor = charge.amount - charge.amount_refunded;
  if (amountMinor > refundableMinor) {
    const [requested, refundable] = [
      formatMoney(amountMinor, charge.currency),
      formatMoney(refundableMinor, charge.currency),
    ];
    throw invalid(
      `Refund amount (${requested}) is greater than unrefunded amount on charge (${refundable})`,
      "amount",
    );
  }
}

/**
 * Creates a refund. Those of a bank debit, and of one test card, are `pending` at first.
 * @throws {ApiError} 400
 */
export function createRefund(
  ctx: Context,
  charge: Charge,
  params: {
    readonly amountMinor?: number | undefined;
    readonly reason?: Refund["reason"] | undefined;
    readonly metadata?: Record<string, string> | undefined;
  },
): Refund {
  const amount = params.amountMinor ?? charge.amount - charge.amount_refunded;
  checkRefundable(ctx, charge, amount);
  const isCard = charge.payment_method_details?.type === "card";
  const isPending = !isCard || behaviourOfCharge(ctx, charge) === "refunded_later";
  const refund = ctx.store.refunds.put({
    id: newId(isCard ? "re" : "pyr", 23, isCard ? "3" : "1"),
    object: "refund",
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: ctx.nowSeconds(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: isCard
      ? {
          type: "card",
          card: {
            reference_status: "pending",
            reference_type: "acquirer_reference_number",
            type: "refund",
          },
        }
      : { type: "us_bank_transfer" },
    metadata: params.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(isPending ? { pending_reason: "processing" as const } : {}),
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? "pending" : "succeeded",
    transfer_reversal: null,
  });
  emit(ctx, "charge.refunded", updateRefundTotals(ctx, charge), {
    amount_refunded: charge.amount_refunded,
    refunded: charge.refunded,
  });
  emit(ctx, "refund.created", refund);
  return refund;
}

/**
 * Completes a refund: it succeeds, fails (even one that had succeeded), or is canceled while
 * pending. Returns false if it can no longer end this way.
 */
export function completeRefund(
  ctx: Context,
  id: string,
  outcome: "succeeded" | "failed" | "canceled",
): boolean {
  const refund = ctx.store.refunds.get(id);
  const charge = ctx.store.charges.get(refund?.charge ?? "");
  if (refund === undefined || charge === undefined) return false;
  if (refund.status !== "pending" && !(refund.status === "succeeded" && outcome === "failed"))
    return false;
  const { pending_reason, ...refundable } = refund;
  const after = ctx.store.refunds.put({
    ...refundable,
    status: outcome,
    ...(outcome === "failed" ? { failure_reason: "lost_or_stolen_card" } : {}),
  });
  updateRefundTotals(ctx, charge);
  const previous = {
    status: refund.status,
    ...(pending_reason === undefined ? {} : { pending_reason }),
  };
  emit(ctx, "refund.updated", after, previous);
  emit(ctx, "charge.refund.updated", after, previous);
  if (outcome === "failed") emit(ctx, "refund.failed", after);
  return true;
}

/** Completes the refunds of test cards that are due. */
export function completeDueRefunds(ctx: Context): void {
  for (const refund of ctx.store.refunds.oldestFirst()) {
    if (refund.created + DELAYED_REFUND_SECONDS > ctx.nowSeconds()) continue;
    const later = behaviourOfCharge(ctx, ctx.store.charges.get(refund.charge ?? ""));
    if (later === "refunded_later" && refund.status === "pending")
      completeRefund(ctx, refund.id, "succeeded");
    if (later === "refund_fails" && refund.status === "succeeded")
      completeRefund(ctx, refund.id, "failed");
  }
}
