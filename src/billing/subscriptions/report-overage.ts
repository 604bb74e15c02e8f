import {
  listUnsentOverageReports,
  markOverageReportSent,
  type OverageReport,
  recordOverageReportFailure,
} from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { type Failure, fail, ok, type Result } from "../../errors.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { stripeClient } from "../stripe/stripe.ts";
import { describeError, toStripeFailure } from "../stripe/stripe-failure.ts";

const MIN_RETRY_DELAY_MS = 60_000;
/**
 * Far less than the day for which Stripe knows an identifier again, so that none is counted twice.
 */
const MAX_RETRY_DELAY_MS = 3_600_000;

/** Stripe takes no usage that is older than 35 days. What is, is counted now. */
const MAX_EVENT_AGE_MS = 34 * 86_400_000;

/** An event that Stripe has taken before: its words, as there is no code for it. */
const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && /already exists with identifier/i.test(error.message);

async function sendMeterEvent(
  ctx: Context,
  report: OverageReport,
  stripeCustomerId: string,
): Promise<Result<null>> {
  const { config, nowMs } = ctx;
  const { id, eventName, quantity, usedAt } = report;
  const stripe = await stripeClient(config);
  try {
    await stripe.billing.meterEvents.create({
      event_name: eventName,
      identifier: id,
      timestamp: Math.floor((usedAt < nowMs - MAX_EVENT_AGE_MS ? nowMs : usedAt) / 1000),
      payload: { stripe_customer_id: stripeCustomerId, value: String(quantity) },
    });
    return ok(null);
  } catch (error) {
    if (isDuplicate(error)) return ok(null);
    const failure = toStripeFailure(error);
    // What Stripe says speaks to the operator, who reads it in the report's row.
    return {
      ok: false,
      failure:
        failure.code === "stripe_refused" ? { ...failure, message: describeError(error) } : failure,
    };
  }
}

const nextTryTime = ({ attempts }: OverageReport, nowMs: number): number =>
  nowMs + Math.min(MIN_RETRY_DELAY_MS * 2 ** Math.min(attempts, 10), MAX_RETRY_DELAY_MS);

/** Whether every other report would fail for the same reason. */
const affectsAllReports = ({ code }: Failure): boolean =>
  code === "billing_unavailable" || code === "misconfigured";

/**
 * Tells Stripe of usage past what plans include, each report under an identifier of its own however
 * often it is sent. A report that Stripe has already is sent. One that could not be sent waits for
 * a later run, an hour at most.
 * @param limit how many to send in this run
 * @returns how many Stripe has now
 */
export async function reportOverage(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  let sent = 0;
  for (const report of await listUnsentOverageReports(db, limit, nowMs)) {
    const customer = await findCustomerId(db, report.userId);
    const result =
      customer === undefined
        ? fail("not_found", "This user is no customer at Stripe.")
        : await sendMeterEvent(ctx, report, customer);
    if (result.ok) {
      await markOverageReportSent(db, report.id, nowMs);
      sent += 1;
      continue;
    }
    const { code, message } = result.failure;
    console.error(
      JSON.stringify({
        level: "error",
        doing: "reporting overage",
        reportId: report.id,
        error: `${code}: ${message}`,
      }),
    );
    await recordOverageReportFailure(db, report.id, {
      error: `${code}: ${message}`,
      nextTryAt: nextTryTime(report, nowMs),
    });
    if (affectsAllReports(result.failure)) break;
  }
  return sent;
}
