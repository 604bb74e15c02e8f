import type { Context } from "./context.ts";
import { collectInvoice } from "./invoices/collect.ts";
import { countLateUsage } from "./invoices/draft.ts";
import { finalizeInvoice } from "./invoices/finalize.ts";
import { voidInvoice } from "./invoices/void.ts";
import { currentPeriod } from "./subscriptions/build.ts";
import { changeSubscription } from "./subscriptions/change.ts";
import { dropPendingUpdate } from "./subscriptions/drop-pending-update.ts";
import { expireIncomplete } from "./subscriptions/expire.ts";
import { endAsScheduled, renew } from "./subscriptions/renew.ts";
import { findResumption, RESUMPTION_TTL_SECONDS } from "./subscriptions/resumption.ts";
import { hasTrialEndNotice, sendTrialEndNotice, trialNoticeAt } from "./subscriptions/trial.ts";
import type { Invoice, Subscription } from "./wire.ts";

/** A task of recurring billing and its time. */
interface Task {
  readonly atSeconds: number;
  readonly run: (ctx: Context) => void;
}

/** The time that a first invoice may stay unpaid. */
const INCOMPLETE_TTL_SECONDS = 23 * 3600;

/** Yields the next tasks of a subscription, the more urgent first when two are due at once. */
function* subscriptionTasks(ctx: Context, subscription: Subscription): Generator<Task> {
  const { status, cancel_at: cancelAt, pause_collection: pause } = subscription;
  if (status === "incomplete") {
    yield {
      atSeconds: subscription.created + INCOMPLETE_TTL_SECONDS,
      run: (dueCtx) => expireIncomplete(dueCtx, subscription),
    };
    return;
  }
  if (!["active", "past_due", "paused", "trialing", "unpaid"].includes(status)) return;
  if (subscription.pending_update !== null) {
    yield {
      atSeconds: subscription.pending_update.expires_at,
      run: (dueCtx) => dropPendingUpdate(dueCtx, subscription),
    };
  }
  if (typeof cancelAt === "number") {
    yield { atSeconds: cancelAt, run: (dueCtx) => endAsScheduled(dueCtx, subscription) };
  }
  if (typeof pause?.resumes_at === "number") {
    yield {
      atSeconds: pause.resumes_at,
      run: (dueCtx) => changeSubscription(dueCtx, subscription, { pause_collection: null }),
    };
  }
  const noticeAt =
    status === "trialing" && !hasTrialEndNotice(ctx, subscription)
      ? trialNoticeAt(subscription)
      : undefined;
  if (noticeAt !== undefined) {
    yield { atSeconds: noticeAt, run: (dueCtx) => sendTrialEndNotice(dueCtx, subscription) };
  }
  if (status !== "paused") {
    yield {
      atSeconds: currentPeriod(subscription).end,
      run: (dueCtx) => renew(dueCtx, subscription),
    };
  }
}

/**
 * Yields the next task of an invoice that advances by itself: it is finalized and collected, then
 * retried.
 */
function* invoiceTasks(ctx: Context, invoice: Invoice): Generator<Task> {
  const isUntried = invoice.status === "open" && !invoice.attempted;
  if (isUntried && findResumption(ctx, invoice.id) !== undefined) {
    yield {
      atSeconds: invoice.created + RESUMPTION_TTL_SECONDS,
      run: (dueCtx) => voidInvoice(dueCtx, invoice),
    };
  }
  if (invoice.auto_advance !== true) return;
  const { automatically_finalizes_at: closesAt, next_payment_attempt: nextAt } = invoice;
  if (invoice.status === "draft" && closesAt !== null) {
    yield {
      atSeconds: closesAt,
      run(dueCtx) {
        const open = finalizeInvoice(dueCtx, countLateUsage(dueCtx, invoice));
        if (open.status === "open") collectInvoice(dueCtx, open);
      },
    };
  }
  if (invoice.status === "open" && nextAt !== null) {
    yield { atSeconds: nextAt, run: (dueCtx) => collectInvoice(dueCtx, invoice) };
  }
}

function nextTask(ctx: Context): Task | undefined {
  let next: Task | undefined;
  const consider = (tasks: Iterable<Task>): void => {
    for (const task of tasks)
      if (next === undefined || task.atSeconds < next.atSeconds) next = task;
  };
  for (const subscription of ctx.store.subscriptions.oldestFirst())
    consider(subscriptionTasks(ctx, subscription));
  for (const invoice of ctx.store.invoices.oldestFirst()) consider(invoiceTasks(ctx, invoice));
  return next;
}

/**
 * Runs the tasks of recurring billing that are due, in the order of their times and at those times.
 */
export function runBilling(ctx: Context): void {
  const now = ctx.nowSeconds();
  for (
    let task = nextTask(ctx);
    task !== undefined && task.atSeconds <= now;
    task = nextTask(ctx)
  ) {
    const { atSeconds, run } = task;
    ctx.store.atomically(() => run({ ...ctx, nowSeconds: () => atSeconds, request: null }));
  }
}
