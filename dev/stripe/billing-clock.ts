import type { Context } from "./context.ts";
import { collectInvoice } from "./invoices/collect.ts";
import { countLateUsage } from "./invoices/draft.ts";
import { finalizeInvoice } from "./invoices/finalize.ts";
import { voidInvoice } from "./invoices/void.ts";
import { currentPeriod } from "./subscriptions/build.ts";
import { changeSubscription } from "./subscriptions/change.ts";
import { endAsScheduled, renew } from "./subscriptions/renew.ts";
import { hasTrialEndNotice, sendTrialEndNotice, trialNoticeAt } from "./subscriptions/trial.ts";
import type { Invoice, Subscription } from "./wire.ts";

/** Something that time does. */
interface Task {
  readonly atSeconds: number;
  readonly run: (ctx: Context) => void;
}

/** How long a first invoice may stay unpaid. */
const INCOMPLETE_TTL_SECONDS = 23 * 3600;

function expireIncomplete(ctx: Context, subscription: Subscription): void {
  const invoice = ctx.store.invoices.get(subscription.latest_invoice ?? "");
  if (invoice?.status === "open") voidInvoice(ctx, invoice);
  changeSubscription(ctx, subscription, {
    status: "incomplete_expired",
    ended_at: ctx.nowSeconds(),
  });
}

/** What comes next for a subscription, the more urgent first where two come at once. */
function* subscriptionTasks(ctx: Context, subscription: Subscription): Generator<Task> {
  const { status, cancel_at: cancelAt, pause_collection: pause } = subscription;
  if (status === "incomplete") {
    yield {
      atSeconds: subscription.created + INCOMPLETE_TTL_SECONDS,
      run: (then) => expireIncomplete(then, subscription),
    };
    return;
  }
  if (!["active", "past_due", "paused", "trialing", "unpaid"].includes(status)) return;
  if (typeof cancelAt === "number") {
    yield { atSeconds: cancelAt, run: (then) => endAsScheduled(then, subscription) };
  }
  if (typeof pause?.resumes_at === "number") {
    yield {
      atSeconds: pause.resumes_at,
      run: (then) => changeSubscription(then, subscription, { pause_collection: null }),
    };
  }
  const noticeAt =
    status === "trialing" && !hasTrialEndNotice(ctx, subscription)
      ? trialNoticeAt(subscription)
      : undefined;
  if (noticeAt !== undefined) {
    yield { atSeconds: noticeAt, run: (then) => sendTrialEndNotice(then, subscription) };
  }
  if (status !== "paused") {
    yield { atSeconds: currentPeriod(subscription).end, run: (then) => renew(then, subscription) };
  }
}

/**
 * What comes next for an invoice that goes on by itself: it is closed and collected, then tried
 * again.
 */
function* invoiceTasks(invoice: Invoice): Generator<Task> {
  if (invoice.auto_advance !== true) return;
  const { automatically_finalizes_at: closesAt, next_payment_attempt: nextAt } = invoice;
  if (invoice.status === "draft" && closesAt !== null) {
    yield {
      atSeconds: closesAt,
      run(then) {
        const open = finalizeInvoice(then, countLateUsage(then, invoice));
        if (open.status === "open") collectInvoice(then, open);
      },
    };
  }
  if (invoice.status === "open" && nextAt !== null) {
    yield { atSeconds: nextAt, run: (then) => collectInvoice(then, invoice) };
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
  for (const invoice of ctx.store.invoices.oldestFirst()) consider(invoiceTasks(invoice));
  return next;
}

/**
 * Does what recurring billing has brought by now, in the order and at the times at which it was
 * due.
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
