import { z } from "zod";
import type { Context } from "../context.ts";
import { ApiError, invalid } from "../errors.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, int, metadata, text, unsettable } from "../params.ts";
import type { Subscription } from "../wire.ts";
import { billNow, prepareInvoice } from "./bill.ts";
import { currentPeriod, toItemList } from "./build.ts";
import { changeSubscription } from "./change.ts";
import { dropPendingUpdate } from "./drop-pending-update.ts";
import { PENDING_TTL_SECONDS } from "./pending-update.ts";
import { changeParams, planChange } from "./plan-change.ts";
import { sendTrialEndNotice } from "./trial.ts";

const FEEDBACK = [
  "customer_service",
  "low_quality",
  "missing_features",
  "other",
  "switched_service",
  "too_complex",
  "too_expensive",
  "unused",
] as const;

/** The reasons of a cancellation. */
export const cancellationDetails = z.strictObject({
  comment: unsettable(text()).optional(),
  feedback: unsettable(z.enum(FEEDBACK)).optional(),
});

export const updateParams = z.strictObject({
  ...changeParams,
  cancel_at: unsettable(int()).optional(),
  cancel_at_period_end: bool.optional(),
  cancellation_details: cancellationDetails.optional(),
  default_payment_method: text().optional(),
  description: unsettable(text(500)).optional(),
  metadata: metadata.optional(),
  off_session: bool.optional(),
  pause_collection: unsettable(
    z.strictObject({
      behavior: z.enum(["keep_as_draft", "mark_uncollectible", "void"]),
      resumes_at: int().optional(),
    }),
  ).optional(),
  payment_behavior: z
    .enum([
      "allow_incomplete",
      "default_incomplete",
      "error_if_incomplete",
      "pending_if_incomplete",
    ])
    .optional(),
});
type Params = z.output<typeof updateParams>;

/** Returns the changes of a subscription's scheduled end. */
function cancellationChanges(
  ctx: Context,
  before: Subscription,
  periodEnd: number,
  params: Params,
): Partial<Subscription> {
  const { cancel_at: cancelAt, cancel_at_period_end: atPeriodEnd } = params;
  if (cancelAt === undefined && atPeriodEnd === undefined) return {};
  if (typeof cancelAt === "number" && atPeriodEnd === true) {
    throw invalid(
      "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
      "cancel_at",
    );
  }
  if (typeof cancelAt === "number" && cancelAt <= ctx.nowSeconds())
    throw invalid("`cancel_at` must be in the future.", "cancel_at");
  const keepsSchedule =
    cancelAt === undefined && atPeriodEnd === false && !before.cancel_at_period_end;
  const cancel_at =
    atPeriodEnd === true ? periodEnd : keepsSchedule ? before.cancel_at : (cancelAt ?? null);
  const details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...before.cancellation_details,
  };
  return {
    cancel_at,
    cancel_at_period_end: atPeriodEnd === true,
    canceled_at: cancel_at === null ? null : (before.canceled_at ?? ctx.nowSeconds()),
    cancellation_details: {
      ...details,
      reason: cancel_at === null ? null : "cancellation_requested",
    },
  };
}

/** Merges cancellation details into those given before. */
export function mergeCancellationDetails(
  before: Subscription["cancellation_details"],
  params: Params["cancellation_details"],
): NonNullable<Subscription["cancellation_details"]> {
  const { comment = null, feedback = null, feedback_option = null, reason = null } = before ?? {};
  return {
    comment: params?.comment === undefined ? comment : params.comment,
    feedback: params?.feedback === undefined ? feedback : params.feedback,
    feedback_option,
    reason,
  };
}

function plainChanges(before: Subscription, params: Params): Partial<Subscription> {
  const { pause_collection: pause } = params;
  return {
    ...(params.default_payment_method === undefined
      ? {}
      : { default_payment_method: params.default_payment_method }),
    ...(params.description === undefined ? {} : { description: params.description }),
    ...(pause === undefined
      ? {}
      : {
          pause_collection:
            pause === null
              ? null
              : { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null },
        }),
    metadata: mergeMetadata(before.metadata, params.metadata),
  };
}

/**
 * Checks that a subscription can be changed in its state.
 * @throws {ApiError} 400
 */
function checkState({ status }: Subscription, params: Params): void {
  const isEnded = status === "canceled" || status === "incomplete_expired";
  const allowed = isEnded
    ? ["metadata", "cancellation_details"]
    : ["metadata", "cancellation_details", "default_payment_method", "description"];
  const [offending] = Object.keys(params).filter((name) => !allowed.includes(name));
  if (isEnded && offending !== undefined) {
    throw invalid(
      "A canceled subscription can only update its cancellation_details and metadata.",
      offending,
    );
  }
  if (status === "incomplete" && offending !== undefined) {
    throw invalid(
      "A subscription that is `incomplete` cannot be changed before its first invoice is paid.",
      offending,
    );
  }
}

const hasChange = ({ items, trial_end, billing_cycle_anchor: anchor }: Params): boolean =>
  items !== undefined || trial_end !== undefined || anchor?.type === "now";

/**
 * The parameters that may wait for a payment
 * (docs.stripe.com/billing/subscriptions/pending-updates).
 */
const PENDING_PARAMS: readonly string[] = [
  "billing_cycle_anchor",
  "items",
  "off_session",
  "payment_behavior",
  "proration_behavior",
  "proration_date",
  "trial_end",
];

/**
 * Bills a change, and makes it once that is paid: now, or when its invoice is, within 23 hours.
 * @throws {ApiError} 400 for a parameter that cannot wait
 */
function updateOncePaid(ctx: Context, current: Subscription, params: Params): Subscription {
  const [unsupported] = Object.keys(params).filter((name) => !PENDING_PARAMS.includes(name));
  if (unsupported !== undefined) {
    throw invalid(
      `When \`payment_behavior\` is \`pending_if_incomplete\`, ${unsupported} cannot be changed.`,
      unsupported,
    );
  }
  const before = dropPendingUpdate(ctx, current);
  const plan = planChange(ctx, before, params);
  const prepared = prepareInvoice(ctx, before.id, plan.lines, plan.isBilledNow);
  const changes: Partial<Subscription> = {
    items: toItemList(before.id, plan.items),
    billing_cycle_anchor: plan.anchorSeconds,
    ...(plan.endsTrial ? { status: "active", trial_end: ctx.nowSeconds() } : {}),
  };
  if (prepared === undefined) {
    if (plan.endsTrial) sendTrialEndNotice(ctx, before);
    return changeSubscription(ctx, before, changes);
  }
  const pending = changeSubscription(ctx, before, {
    latest_invoice: prepared.id,
    pending_update: {
      billing_cycle_anchor: plan.anchorSeconds,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: ctx.nowSeconds() + PENDING_TTL_SECONDS,
      metadata: null,
      subscription_items: [...plan.items],
      trial_end: plan.endsTrial ? ctx.nowSeconds() : null,
      trial_from_plan: null,
    },
  });
  billNow(ctx, pending, prepared, { isPending: true, prorationDate: params.proration_date });
  return ctx.store.subscriptions.get(before.id) ?? pending;
}

/**
 * Updates a subscription and bills the change.
 * @throws {ApiError} 400 for an impossible change; 402 if the payment behaviour is
 *   `error_if_incomplete` and the card is declined
 */
export function updateSubscription(
  ctx: Context,
  before: Subscription,
  params: Params,
): Subscription {
  checkState(before, params);
  if (params.payment_behavior === "pending_if_incomplete" && hasChange(params))
    return updateOncePaid(ctx, before, params);
  const plan = hasChange(params) ? planChange(ctx, before, params) : undefined;
  const prepared =
    plan === undefined ? undefined : prepareInvoice(ctx, before.id, plan.lines, plan.isBilledNow);
  const items = plan?.items ?? before.items.data;
  const periodEnd = items[0]?.current_period_end ?? currentPeriod(before).end;
  const cancellation =
    params.cancellation_details === undefined
      ? {}
      : {
          cancellation_details: mergeCancellationDetails(
            before.cancellation_details,
            params.cancellation_details,
          ),
        };
  const after = changeSubscription(ctx, before, {
    ...cancellation,
    ...plainChanges(before, params),
    ...(before.cancel_at_period_end ? { cancel_at: periodEnd } : {}),
    ...cancellationChanges(ctx, { ...before, ...cancellation }, periodEnd, params),
    ...(plan === undefined
      ? {}
      : { items: toItemList(before.id, plan.items), billing_cycle_anchor: plan.anchorSeconds }),
    ...(plan?.endsTrial === true ? { status: "active", trial_end: ctx.nowSeconds() } : {}),
    ...(prepared === undefined ? {} : { latest_invoice: prepared.id }),
  });
  if (plan?.endsTrial === true) sendTrialEndNotice(ctx, after);
  if (prepared === undefined) return after;
  const awaits = params.payment_behavior === "default_incomplete";
  const decline = billNow(ctx, after, prepared, { awaits, prorationDate: params.proration_date });
  if (decline !== undefined && params.payment_behavior === "error_if_incomplete") {
    const { code, declineCode, message } = decline;
    throw new ApiError(402, { type: "card_error", code, decline_code: declineCode, message });
  }
  const billed = ctx.store.subscriptions.get(before.id) ?? after;
  const isOpen = ctx.store.invoices.get(prepared.id)?.status === "open";
  return awaits && isOpen ? changeSubscription(ctx, billed, { status: "past_due" }) : billed;
}
