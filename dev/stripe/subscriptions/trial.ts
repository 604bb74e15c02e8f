import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import type { Subscription } from "../wire.ts";

const NOTICE_SECONDS = 3 * 86_400;

/**
 * Returns the time of the event about a trial's end: three days before, or the trial's start if it
 * is shorter.
 */
export const trialNoticeAt = ({
  trial_end: end,
  trial_start: start,
}: Subscription): number | undefined =>
  end === null ? undefined : Math.max(end - NOTICE_SECONDS, start ?? 0);

export const hasTrialEndNotice = (ctx: Context, { id }: Subscription): boolean =>
  ctx.store.settings.billing.toldOfTrialEnd.includes(id);

/** Emits the event about a trial's end: three days before it, and when it is ended early. */
export function sendTrialEndNotice(ctx: Context, subscription: Subscription): void {
  const { billing } = ctx.store.settings;
  ctx.store.set({
    billing: { ...billing, toldOfTrialEnd: [...billing.toldOfTrialEnd, subscription.id] },
  });
  emit(ctx, "customer.subscription.trial_will_end", subscription);
}
