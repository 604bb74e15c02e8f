import type Stripe from "stripe";
import { record } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { sha256Hex } from "../../digest.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { MINUTE_MS } from "../../time.ts";
import { createOnce } from "../stripe/create-once.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { withLease } from "../stripe/lease.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import { syncInvoice } from "../subscriptions/sync/sync-subscription.ts";
import { syncOrder } from "../sync/sync-order.ts";
import {
  type ApprovedRefund,
  decideRefund,
  type RefundableSale,
  type RefundParams,
} from "./decide-refund.ts";
import { findSale, findSaleContent, type SaleReference, scheduleSaleCheck } from "./find-sale.ts";
import { freezeUnusedMinor } from "./unused-amount.ts";

/** A request for a refund. */
export interface RefundRequest {
  readonly sale: SaleReference;
  readonly params: RefundParams;
  /** The words for the audit log and the operator's dashboard at Stripe. */
  readonly reason: string | undefined;
  /** The request's `Idempotency-Key`. */
  readonly idempotencyKey: string | null;
}

const STRIPE_REASONS = ["duplicate", "fraudulent", "requested_by_customer"] as const;

const syncSale = (ctx: Context, sale: SaleReference) =>
  "orderId" in sale
    ? syncOrder(ctx, { orderId: sale.orderId, requestedStripeId: null })
    : syncInvoice(ctx, sale.invoiceId);

/**
 * Builds Stripe's idempotency key, which makes two requests the same refund. It is made of the
 * caller's own key, which also works where the first answer was lost. Without one it is made of the
 * sale, its state and the amount, so that two concurrent requests that decided by the same state
 * refund once. A buyer's is made of the sale and what of it went back, whatever the amount: what is
 * not used goes back once, of any number of requests at once.
 */
async function idempotencyKeyOf(
  { actor }: Context,
  request: RefundRequest,
  sale: RefundableSale,
  amountMinor: number,
): Promise<string> {
  const keyParts = !request.params.byAdmin
    ? [sale.id, "unused", sale.refundedMinor]
    : request.idempotencyKey === null
      ? [sale.id, amountMinor, sale.refundedMinor, sale.updatedAt]
      : [sale.id, actor.id, request.idempotencyKey];
  return `refund:${await sha256Hex(JSON.stringify(keyParts))}`;
}

async function createStripeRefund(
  ctx: Context,
  request: RefundRequest,
  sale: RefundableSale,
  { paymentIntentId, amountMinor }: ApprovedRefund,
): Promise<Result<Stripe.Refund>> {
  const idempotencyKey = await idempotencyKeyOf(ctx, request, sale, amountMinor);
  const stripeReason = STRIPE_REASONS.find((reason) => reason === request.reason);
  const metadata = {
    saleId: sale.id,
    userId: sale.userId,
    by: ctx.actor.id,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
  };
  const refund = await createOnce(ctx.config, idempotencyKey, (stripe, options) =>
    stripe.refunds.create(
      {
        payment_intent: paymentIntentId,
        amount: amountMinor,
        metadata,
        reason: stripeReason ?? "requested_by_customer",
      },
      options,
    ),
  );
  if (refund.ok || refund.failure.code !== "stripe_refused") return refund;
  // It was refunded or disputed at Stripe a moment ago, or its payment method takes nothing back.
  return fail("not_refundable", `Stripe couldn't refund this payment (${refund.failure.param}).`, {
    param: refund.failure.param,
  });
}

/**
 * Syncs a sale after a refund was made or refused: the purchase is taken back, or what was frozen
 * for it is free again. Where that fails, Stripe's events, the cron or the next request do it.
 */
async function resyncSale(ctx: Context, sale: SaleReference): Promise<void> {
  const synced = await syncSale(ctx, sale).catch((error: unknown) =>
    fail("internal_error", describeError(error)),
  );
  if (!synced.ok) log.error("refund.sync_failed", { sale, error: synced.failure.message });
}

/**
 * Decides a refund and makes it at Stripe. What a buyer has not used is counted after all else was
 * decided, since it is frozen for that.
 */
async function refundSynced(
  ctx: Context,
  request: RefundRequest,
  sale: RefundableSale,
): Promise<Result<Stripe.Refund>> {
  const { params } = request;
  const decide = (more: Partial<RefundParams>) =>
    decideRefund(sale, { ...params, ...more }, ctx.config.REFUND_WINDOW_DAYS, ctx.nowMs);
  const most = decide(params.byAdmin ? {} : { amountMinor: undefined });
  if (!most.ok || params.byAdmin)
    return most.ok ? await createStripeRefund(ctx, request, sale, most.value) : most;
  const content = await findSaleContent(ctx.db, request.sale);
  if (content === undefined) return fail("not_found", "This order or invoice doesn't exist.");
  await scheduleSaleCheck(ctx.db, request.sale, ctx.nowMs + MINUTE_MS);
  const unusedMinor = await freezeUnusedMinor(ctx, sale, content, most.value.amountMinor);
  const decision = decide({ unusedMinor });
  return decision.ok ? await createStripeRefund(ctx, request, sale, decision.value) : decision;
}

async function refundThenSync(
  ctx: Context,
  request: RefundRequest,
  sale: RefundableSale,
): Promise<Result<Stripe.Refund>> {
  try {
    return await refundSynced(ctx, request, sale);
  } finally {
    await resyncSale(ctx, request.sale);
  }
}

/**
 * Refunds a sale. The sale is synced with Stripe before, so that only money that is there is
 * refunded; and after, so that the purchase is taken back at once and not only when Stripe's events
 * come.
 * @returns Stripe's refund; `not_found`, `not_refundable` with the reason, or why Stripe could not
 *   be asked
 * @throws an error of the first sync, before any money moved
 */
export async function refundSale(
  ctx: Context,
  request: RefundRequest,
): Promise<Result<Stripe.Refund>> {
  const { db } = ctx;
  const userId = (await findSale(db, request.sale))?.userId;
  const customerId = userId === undefined ? undefined : await findCustomerId(db, userId);
  if (customerId === undefined) return await syncAndRefund(ctx, request);
  // Stripe's events about the refund wait for it, and then need no calls of their own.
  const lease = { key: customerId, holder: crypto.randomUUID(), shouldWait: true };
  return (await withLease(ctx, lease, () => syncAndRefund(ctx, request))).value;
}

async function syncAndRefund(ctx: Context, request: RefundRequest): Promise<Result<Stripe.Refund>> {
  const { db, nowMs } = ctx;
  const synced = await syncSale(ctx, request.sale);
  if (!synced.ok) return synced;
  const sale = await findSale(db, request.sale);
  if (sale === undefined) return fail("not_found", "This order or invoice doesn't exist.");
  const refund = await refundThenSync(ctx, request, sale);
  if (!refund.ok) return refund;
  const { id, amount, currency } = refund.value;
  const entry = {
    actor: ctx.actor,
    action: "refund.requested",
    subjectId: sale.id,
    userId: sale.userId,
    reason: request.reason ?? null,
    after: { refund: id, amountMinor: amount, currency },
    onceKey: `${id}:requested`,
  };
  await record(db, entry, nowMs);
  return ok(refund.value);
}
