import { z } from "zod";
import { record } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { type FailureCode, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { callStripe } from "../stripe/stripe.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";

/** Stripe's reasons why it did not count reported usage. */
const reportSchema = z.object({
  developer_message_summary: z.string(),
  reason: z.object({
    error_count: z.number(),
    error_types: z.array(
      z.object({
        code: z.string(),
        error_count: z.number(),
        sample_errors: z.array(
          z.object({
            error_message: z.string(),
            request: z.object({ identifier: z.string() }),
          }),
        ),
      }),
    ),
  }),
  validation_start: z.string(),
  validation_end: z.string(),
});
type Report = z.infer<typeof reportSchema>;

/** The number of samples of one reason that are recorded. Stripe sends up to five. */
const SAMPLES_MAX = 5;

const toFacts = ({ reason, validation_start: from, validation_end: until }: Report) => ({
  count: reason.error_count,
  from,
  until,
  reasons: reason.error_types.map(({ code, error_count: count, sample_errors: samples }) => ({
    code,
    count,
    // The identifiers are those of our usage reports.
    samples: samples
      .slice(0, SAMPLES_MAX)
      .map(({ error_message: message, request }) => ({ message, reportId: request.identifier })),
  })),
});

/** Failures that end, so that a later try finds the reasons. */
const PASSING: ReadonlySet<FailureCode> = new Set(["billing_unavailable"]);

async function fetchReport(ctx: Context, eventId: string): Promise<Result<Report | string>> {
  const fetched = await callStripe(ctx.config, (stripe) => stripe.v2.core.events.retrieve(eventId));
  if (!fetched.ok) return PASSING.has(fetched.failure.code) ? fetched : ok(fetched.failure.message);
  const parsed = reportSchema.safeParse("data" in fetched.value ? fetched.value.data : undefined);
  return ok(parsed.success ? parsed.data : "Stripe's report has an unknown form.");
}

/**
 * Records that Stripe did not count some of the usage that was reported to it: a customer or a
 * meter is gone, say. Stripe took the reports when they were sent, so nothing else tells of it. The
 * operator finds the meter and the reasons in the audit log, under `usage.not_counted`. Where the
 * reasons cannot be fetched, because Stripe forgot the event or the key may not read it, the meter
 * alone is recorded.
 * @param meterId the meter, or the event's own id where Stripe found none
 * @returns `billing_unavailable` where Stripe cannot be reached now
 */
export async function recordUncountedUsage(
  ctx: Context,
  meterId: string,
  eventId: string,
): Promise<Result<SyncOutcome>> {
  const report = await fetchReport(ctx, eventId);
  if (!report.ok) return report;
  const isRead = typeof report.value !== "string";
  const reason = isRead ? report.value.developer_message_summary : report.value;
  const entry = {
    actor: { kind: "stripe", id: eventId },
    action: "usage.not_counted",
    subjectId: meterId,
    reason,
    after: isRead ? toFacts(report.value) : null,
    // A replay may read what could not be read before.
    onceKey: `usage.not_counted:${eventId}${isRead ? "" : ":unread"}`,
  } as const;
  log.error("usage.not_counted", { meterId, eventId, error: reason });
  await record(ctx.db, entry, ctx.nowMs);
  return ok(isRead ? "changed" : "unchanged");
}
