import { z } from "zod";
import type { Context } from "./context.ts";
import { endpoint } from "./endpoint.ts";
import { missing } from "./errors.ts";
import { schedule } from "./events.ts";
import { newId } from "./ids.ts";
import type { MeterReport } from "./wire.ts";

type ErrorCode = MeterReport["data"]["reason"]["error_types"][number]["code"];

/** Usage that is not counted, and why. */
export interface UncountedUsage {
  /** Null where the usage names no meter. */
  readonly meterId: string | null;
  readonly code: ErrorCode;
  readonly message: string;
  /** The identifiers of the meter events. */
  readonly identifiers: readonly string[];
}

const toIsoTime = (seconds: number): string => new Date(seconds * 1000).toISOString();

/**
 * Reports usage that was taken and is not counted, as Stripe does after it looked at what came in:
 * by a thin event, which no list of events has.
 */
export function reportUncountedUsage(ctx: Context, usage: UncountedUsage): MeterReport {
  const { meterId, code, message, identifiers } = usage;
  const now = ctx.nowSeconds();
  const count = identifiers.length;
  const report = ctx.store.meterReports.put({
    id: newId("evt_test", 32, "65"),
    object: "v2.core.event",
    context: null,
    created: toIsoTime(now),
    data: {
      developer_message_summary:
        count === 1 ? "There is 1 invalid event" : `There are ${count} invalid events`,
      reason: {
        error_count: count,
        error_types: [
          {
            code,
            error_count: count,
            sample_errors: identifiers
              .slice(0, 5)
              .map((identifier) => ({ error_message: message, request: { identifier } })),
          },
        ],
      },
      validation_end: toIsoTime(now),
      validation_start: toIsoTime(now - 10),
    },
    livemode: false,
    reason: null,
    related_object:
      meterId === null
        ? null
        : { id: meterId, type: "billing.meter", url: `/v1/billing/meters/${meterId}` },
    type:
      meterId === null
        ? "v1.billing.meter.no_meter_found"
        : "v1.billing.meter.error_report_triggered",
  });
  schedule(ctx, report);
  return report;
}

/** Returns what a webhook gets of a report: who it is about, and no content. */
export function notificationOf(report: MeterReport): object {
  const { data: _, ...notification } = report;
  return notification;
}

export const meterReports = [
  endpoint({
    method: "get",
    path: "/v2/core/events/:id",
    params: z.strictObject({}),
    returns: "v2.core.event",
    run({ ctx, id }) {
      const report = ctx.store.meterReports.get(id);
      if (report === undefined) throw missing("event", id);
      return report;
    },
  }),
];
