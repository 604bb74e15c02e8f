import { forgetMarketplacePages } from "../agents/index.ts";
import { listUnsettledSuspensions, markSuspensionSettled, pushSuspension } from "../auth/index.ts";
import { syncLiveSubscriptions } from "../billing/index.ts";
import type { Context } from "../context.ts";
import { formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { forEachDue } from "../for-each-due.ts";
import { log } from "../log.ts";

/**
 * Brings a user's subscriptions at Stripe in line with a suspension or a resumption that the credit
 * account has. Only this one counts as settled then: a change that came meanwhile does not.
 */
async function settleAtStripe(
  ctx: Context,
  userId: string,
  changeNo: number,
): Promise<Result<true>> {
  const synced = await syncLiveSubscriptions(ctx, userId);
  if (synced.ok) await markSuspensionSettled(ctx.db, userId, changeNo);
  return synced;
}

/**
 * Settles a suspension or a resumption that was just made: first in the credit account, which
 * refuses chats, and then at Stripe. D1 has it already, so a failure is logged, and the cron does
 * the rest.
 */
export async function settleSuspension(ctx: Context, userId: string): Promise<void> {
  forgetMarketplacePages();
  const settled = await pushSuspension(ctx, userId)
    .then((changeNo) => settleAtStripe(ctx, userId, changeNo))
    .catch((error: unknown) => fail("internal_error", formatError(error)));
  if (settled.ok) return;
  const { code, message } = settled.failure;
  log.error("suspension.settle_failed", { userId, error: `${code}: ${message}` });
}

/**
 * Settles suspensions and resumptions that a crash or an outage left half done. Accounts come
 * first: they do not wait for a Stripe that is down. For the cron.
 * @param limit the most to try at once
 * @returns how many were settled
 */
export async function finishSuspensions(ctx: Context, limit: number): Promise<number> {
  const failureEvent = "suspension.settle_failed";
  const pushed: { userId: string; changeNo: number }[] = [];
  await forEachDue({
    rows: await listUnsettledSuspensions(ctx.db, limit),
    logFields: (userId) => ({ userId }),
    failureEvent,
    run: async (userId) => {
      pushed.push({ userId, changeNo: await pushSuspension(ctx, userId) });
      return ok(true);
    },
  });
  const { done } = await forEachDue({
    rows: pushed,
    logFields: ({ userId }) => ({ userId }),
    failureEvent,
    run: ({ userId, changeNo }) => settleAtStripe(ctx, userId, changeNo),
  });
  return done;
}
