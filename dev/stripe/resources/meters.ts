import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import { paginate } from "../list.ts";
import { reportUncountedUsage } from "../meter-reports.ts";
import { int, paging, text } from "../params.ts";
import type { Meter } from "../wire.ts";
import { requireCustomer } from "./customers.ts";

const DAY_SECONDS = 86_400;
const PAST_SECONDS = 35 * DAY_SECONDS;
const FUTURE_SECONDS = 300;

function findMeter(ctx: Context, id: string): Meter {
  const meter = ctx.store.meters.get(id);
  if (meter === undefined) throw missing("billing meter", id);
  return meter;
}

const createParams = z.strictObject({
  customer_mapping: z
    .strictObject({ event_payload_key: text(100), type: z.enum(["by_id"]) })
    .optional(),
  default_aggregation: z.strictObject({ formula: z.enum(["count", "last", "sum"]) }),
  display_name: text(250),
  event_name: text(100),
  value_settings: z.strictObject({ event_payload_key: text(100) }).optional(),
});

function createMeter(ctx: Context, params: z.output<typeof createParams>): Meter {
  const other = ctx.store.meters
    .oldestFirst()
    .find((row) => row.event_name === params.event_name && row.status === "active");
  if (other !== undefined) {
    throw invalid(
      `An active meter (\`${other.id}\`) already uses the event name ${params.event_name}.`,
      "event_name",
    );
  }
  const now = ctx.nowSeconds();
  const meter = ctx.store.meters.put({
    id: newId("mtr_test", 32, "61"),
    object: "billing.meter",
    created: now,
    customer_mapping: params.customer_mapping ?? {
      event_payload_key: "stripe_customer_id",
      type: "by_id",
    },
    default_aggregation: params.default_aggregation,
    display_name: params.display_name,
    event_name: params.event_name,
    event_time_window: null,
    livemode: false,
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: params.value_settings ?? { event_payload_key: "value" },
  });
  emit(ctx, "billing.meter.created", meter);
  return meter;
}

const eventParams = z.strictObject({
  event_name: text(100),
  identifier: text(100).optional(),
  payload: z.record(z.string(), z.string()),
  timestamp: int().optional(),
});

/**
 * Creates a meter event. An unknown customer is discovered only later, as in Stripe's API: such an
 * event counts nowhere, and a thin event tells of it.
 */
function createMeterEvent(ctx: Context, params: z.output<typeof eventParams>) {
  const now = ctx.nowSeconds();
  const meter = ctx.store.meters
    .oldestFirst()
    .find((row) => row.event_name === params.event_name && row.status === "active");
  if (meter === undefined)
    throw invalid(`No active meter found for event name ${params.event_name}.`, "event_name");
  const customerKey = meter.customer_mapping.event_payload_key;
  const customer = params.payload[customerKey];
  if (customer === undefined || customer === "") {
    throw invalid(
      `The payload is missing the customer: \`${customerKey}\`.`,
      `payload[${customerKey}]`,
    );
  }
  const valueKey = meter.value_settings.event_payload_key;
  const value =
    params.payload[valueKey] ?? (meter.default_aggregation.formula === "count" ? "1" : "");
  if (!/^-?\d{1,15}(\.\d{1,12})?$/.test(value)) {
    throw invalid(
      `The payload's \`${valueKey}\` must be a number; you passed '${value}'.`,
      `payload[${valueKey}]`,
    );
  }
  const timestamp = params.timestamp ?? now;
  if (timestamp < now - PAST_SECONDS) {
    throw invalid("The timestamp must be within the past 35 calendar days.", "timestamp");
  }
  if (timestamp > now + FUTURE_SECONDS) {
    throw invalid("The timestamp must not be more than 5 minutes in the future.", "timestamp");
  }
  const identifier = params.identifier ?? `idmp_${randomText(16)}`;
  const isTaken = ctx.store.meterEvents
    .newestFirst()
    .some((row) => row.event.identifier === identifier && row.event.created > now - DAY_SECONDS);
  if (isTaken) throw invalid(`An event already exists with identifier ${identifier}.`);
  const { event } = ctx.store.meterEvents.put({
    id: newId("mev"),
    customer,
    value: Number(value),
    event: {
      object: "billing.meter_event",
      created: now,
      event_name: params.event_name,
      identifier,
      livemode: false,
      payload: params.payload,
      timestamp,
    },
  });
  const owner = ctx.store.customers.get(customer);
  if (owner === undefined || owner.deleted === true)
    reportUncountedUsage(ctx, {
      meterId: meter.id,
      code: "meter_event_customer_not_found",
      message: `No active customer with ID ${customer} was found.`,
      identifiers: [identifier],
    });
  return event;
}

/** Returns the usage that a meter counted for a customer in a period, by the meter's formula. */
export function aggregateUsage(
  ctx: Context,
  meter: Meter,
  customer: string,
  fromSeconds: number,
  untilSeconds: number,
): number {
  const values = ctx.store.meterEvents
    .oldestFirst()
    .filter(
      (row) =>
        row.event.event_name === meter.event_name &&
        row.customer === customer &&
        row.event.timestamp >= fromSeconds &&
        row.event.timestamp < untilSeconds,
    )
    .toSorted((a, b) => a.event.timestamp - b.event.timestamp)
    .map((row) => row.value);
  switch (meter.default_aggregation.formula) {
    case "count":
      return values.length;
    case "last":
      return values.at(-1) ?? 0;
    case "sum":
    default:
      return values.reduce((sum, value) => sum + value, 0);
  }
}

function setStatus(ctx: Context, id: string, status: "active" | "inactive"): Meter {
  const before = findMeter(ctx, id);
  if (before.status === status) throw invalid(`This meter is already ${status}.`);
  const after = ctx.store.meters.put({
    ...before,
    status,
    status_transitions: { deactivated_at: status === "inactive" ? ctx.nowSeconds() : null },
    updated: ctx.nowSeconds(),
  });
  emit(ctx, status === "active" ? "billing.meter.reactivated" : "billing.meter.deactivated", after);
  return after;
}

export const meters = [
  endpoint({
    method: "post",
    path: "/v1/billing/meters",
    params: createParams,
    returns: "billing.meter",
    run: ({ ctx, params }) => createMeter(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/billing/meters",
    params: z.strictObject({ ...paging, status: z.enum(["active", "inactive"]).optional() }),
    returns: { list: "billing.meter" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.meters
        .newestFirst()
        .filter((row) => params.status === undefined || row.status === params.status);
      return paginate(wanted, params, "billing meter", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/billing/meters/:id",
    params: z.strictObject({}),
    returns: "billing.meter",
    run: ({ ctx, id }) => findMeter(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/billing/meters/:id/deactivate",
    params: z.strictObject({}),
    returns: "billing.meter",
    run: ({ ctx, id }) => setStatus(ctx, id, "inactive"),
  }),
  endpoint({
    method: "post",
    path: "/v1/billing/meters/:id/reactivate",
    params: z.strictObject({}),
    returns: "billing.meter",
    run: ({ ctx, id }) => setStatus(ctx, id, "active"),
  }),
  endpoint({
    method: "get",
    path: "/v1/billing/meters/:id/event_summaries",
    params: z.strictObject({ ...paging, customer: text(), end_time: int(), start_time: int() }),
    returns: { list: "billing.meter_event" },
    run({ ctx, params, id, url }) {
      const meter = findMeter(ctx, id);
      const customer = requireCustomer(ctx, params.customer, "customer");
      const { start_time, end_time } = params;
      if (start_time % 60 !== 0 || end_time % 60 !== 0) {
        throw invalid(
          "`start_time` and `end_time` must be aligned with minute boundaries.",
          "start_time",
        );
      }
      const summary = {
        id: newId("mtrusg_test", 32, "61"),
        object: "billing.meter_event_summary",
        aggregated_value: aggregateUsage(ctx, meter, customer.id, start_time, end_time),
        end_time,
        livemode: false,
        meter: id,
        start_time,
      };
      return { object: "list", data: [summary], has_more: false, url };
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/billing/meter_events",
    params: eventParams,
    returns: "billing.meter_event",
    run: ({ ctx, params }) => createMeterEvent(ctx, params),
  }),
];
