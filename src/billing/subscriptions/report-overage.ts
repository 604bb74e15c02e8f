import {
  creditAccount,
  listUnsentOverageReports,
  listUnsentOverageReportsOf,
  markOverageReportSent,
  type OverageReport,
  recordOverageReportFailure,
} from "../../account/index.ts";
import { findUser } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { type Failure, fail, ok, type Result } from "../../errors.ts";
import { forEachDue } from "../../for-each-due.ts";
import { log } from "../../log.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../time.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { stripeClient } from "../stripe/stripe.ts";
import { describeError, toStripeFailure } from "../stripe/stripe-failure.ts";
import { listLiveSubscriptions } from "./store.ts";
import { decideUsageTime } from "./usage-time.ts";

const MIN_RETRY_DELAY_MS = MINUTE_MS;
/**
 * Far less than the day for which Stripe remembers an identifier, so that none is counted twice.
 */
const MAX_RETRY_DELAY_MS = HOUR_MS;

/** Returns whether Stripe has an event already: there is no code for it, only this message. */
const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && /already exists with identifier/i.test(error.message);

async function sendMeterEvent(
  { config, db, nowMs }: Context,
  report: OverageReport,
  stripeCustomerId: string,
): Promise<Result<null>> {
  const { id, userId, eventName, quantity, usedAt } = report;
  const reportedAt = decideUsageTime(usedAt, await listLiveSubscriptions(db, userId), nowMs);
  const stripe = await stripeClient(config);
  try {
    await stripe.billing.meterEvents.create({
      event_name: eventName,
      identifier: id,
      timestamp: Math.floor(reportedAt / SECOND_MS),
      payload: { stripe_customer_id: stripeCustomerId, value: String(quantity) },
    });
    return ok(null);
  } catch (error) {
    if (isDuplicate(error)) return ok(null);
    const failure = toStripeFailure(error);
    // Stripe's message is meant for the operator, who reads it in the report's row.
    return {
      ok: false,
      failure:
        failure.code === "stripe_refused" ? { ...failure, message: describeError(error) } : failure,
    };
  }
}

async function sendReport(ctx: Context, report: OverageReport): Promise<Result<null>> {
  const stripeCustomerId = await findCustomerId(ctx.db, report.userId);
  if (stripeCustomerId === undefined)
    return fail("not_found", "This user doesn't have a Stripe customer.");
  const sent = await sendMeterEvent(ctx, report, stripeCustomerId);
  if (sent.ok) await markOverageReportSent(ctx.db, report.id, ctx.nowMs);
  return sent;
}

const nextTryTime = ({ attempts }: OverageReport, nowMs: number): number =>
  nowMs + Math.min(MIN_RETRY_DELAY_MS * 2 ** Math.min(attempts, 10), MAX_RETRY_DELAY_MS);

/** Returns whether every other report would fail for the same reason. */
const affectsAllReports = ({ code }: Failure): boolean =>
  code === "billing_unavailable" || code === "misconfigured";

/**
 * Reports usage past the plans' allowances to Stripe. A report is always sent under its own
 * identifier, and one that Stripe has already counts as sent. One that could not be sent waits for
 * a later run, an hour at most.
 * @param limit the number of reports to send in this run
 * @returns the number of reports that Stripe has now
 */
export async function reportOverage(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  const { done } = await forEachDue({
    rows: await listUnsentOverageReports(db, limit, nowMs),
    failureEvent: "overage.report_failed",
    logFields: ({ id }) => ({ reportId: id }),
    run: (report) => sendReport(ctx, report),
    onFailure: (report, { code, message }) =>
      recordOverageReportFailure(db, report.id, {
        error: `${code}: ${message}`,
        nextTryAt: nextTryTime(report, nowMs),
      }),
    stopsAll: affectsAllReports,
  });
  return done;
}

/**
 * Reports a user's overage that is in D1 to Stripe, before a subscription is billed for the last
 * time: no invoice would come for it later. A report that Stripe refuses does not keep anybody from
 * ending a subscription; it is logged, and the cron tries it again.
 * @returns why Stripe could not be asked
 */
async function sendOverageOf(ctx: Context, userId: string): Promise<Result<null>> {
  const { db, nowMs } = ctx;
  for (const report of await listUnsentOverageReportsOf(db, userId)) {
    const sent = await sendReport(ctx, report);
    if (sent.ok) continue;
    if (affectsAllReports(sent.failure)) return sent;
    const { code, message } = sent.failure;
    const error = `${code}: ${message}`;
    log.error("overage.report_failed", { reportId: report.id, error });
    await recordOverageReportFailure(db, report.id, {
      error,
      nextTryAt: nextTryTime(report, nowMs),
    });
  }
  return ok(null);
}

/**
 * Reports all of a user's overage to Stripe: what the account still has, and what is in D1. An
 * erased user has no account any more: it handed its overage over when it was erased.
 * @returns why Stripe could not be asked
 * @throws the error of the account or of D1
 */
export async function flushOverage(ctx: Context, userId: string): Promise<Result<null>> {
  if ((await findUser(ctx.db, userId)) !== undefined)
    await creditAccount(ctx.env, userId).flushOverage();
  return await sendOverageOf(ctx, userId);
}
