import { expect, it } from "vitest";
import { DAY_SECONDS, standInStripe, type TestStripe } from "../support/stripe.ts";

async function metered(stripe: TestStripe) {
  const customer = await stripe.client.customers.create({});
  const meter = await stripe.client.billing.meters.create({
    display_name: "Tokens",
    event_name: "tokens",
    default_aggregation: { formula: "sum" },
  });
  const send = (
    identifier: string,
    value = "5",
    more: { timestamp?: number; event_name?: string } = {},
  ) =>
    stripe.client.billing.meterEvents.create({
      event_name: "tokens",
      identifier,
      payload: { stripe_customer_id: customer.id, value },
      ...more,
    });
  return { customer: customer.id, meter, send };
}

it("an event counts once: its identifier is refused for a day", async () => {
  const stripe = standInStripe();
  const { customer, send } = await metered(stripe);
  await expect(send("a")).resolves.toMatchObject({
    object: "billing.meter_event",
    identifier: "a",
    event_name: "tokens",
  });
  await expect(send("a")).rejects.toMatchObject({
    statusCode: 400,
    type: "StripeInvalidRequestError",
    message: "An event already exists with identifier a.",
  });
  expect(Object.values(stripe.control.snapshot().meterEvents)).toMatchObject([
    { customer, value: 5 },
  ]);
  stripe.control.advance(DAY_SECONDS + 1);
  await expect(send("a")).resolves.toMatchObject({ identifier: "a" });
});

it("of two simultaneous events with one identifier, one is accepted", async () => {
  const stripe = standInStripe();
  const { send } = await metered(stripe);
  const results = await Promise.allSettled([send("b"), send("b"), send("b")]);
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  expect(Object.keys(stripe.control.snapshot().meterEvents)).toHaveLength(1);
});

it("an event without meter, number or customer, or of another time, is refused", async () => {
  const stripe = standInStripe();
  const { customer, meter, send } = await metered(stripe);
  const now = Math.floor(Date.now() / 1000);
  await expect(send("c", "5", { event_name: "other" })).rejects.toMatchObject({
    statusCode: 400,
    param: "event_name",
  });
  await expect(send("c", "many")).rejects.toMatchObject({
    statusCode: 400,
    param: "payload[value]",
  });
  await expect(
    stripe.client.billing.meterEvents.create({ event_name: "tokens", payload: { value: "5" } }),
  ).rejects.toMatchObject({ param: "payload[stripe_customer_id]" });
  await expect(send("c", "5", { timestamp: now - 36 * DAY_SECONDS })).rejects.toMatchObject({
    param: "timestamp",
  });
  await expect(send("c", "5", { timestamp: now + 600 })).rejects.toMatchObject({
    param: "timestamp",
  });
  await expect(send("c", "5", { timestamp: now - 34 * DAY_SECONDS })).resolves.toMatchObject({
    identifier: "c",
  });
  await stripe.client.billing.meters.deactivate(meter.id);
  await expect(send("d")).rejects.toMatchObject({ param: "event_name" });
  expect(customer).toMatch(/^cus_/);
});

it("a summary adds up the usage of a period", async () => {
  const stripe = standInStripe();
  const { customer, meter, send } = await metered(stripe);
  await send("a", "5");
  await send("b", "2.5");
  const now = Math.floor(Date.now() / 60_000) * 60;
  const summary = await stripe.client.billing.meters.listEventSummaries(meter.id, {
    customer,
    start_time: now - 3600,
    end_time: now + 3600,
  });
  expect(summary.data).toMatchObject([{ aggregated_value: 7.5, meter: meter.id }]);
});

it("an event name belongs to one active meter", async () => {
  const stripe = standInStripe();
  const { meter } = await metered(stripe);
  const again = () =>
    stripe.client.billing.meters.create({
      display_name: "Again",
      event_name: "tokens",
      default_aggregation: { formula: "sum" },
    });
  await expect(again()).rejects.toMatchObject({ statusCode: 400, param: "event_name" });
  await stripe.client.billing.meters.deactivate(meter.id);
  await expect(again()).resolves.toMatchObject({ status: "active" });
  expect(
    (await stripe.client.billing.meters.list({ status: "inactive" })).data.map((one) => one.id),
  ).toEqual([meter.id]);
});

it("usage of a customer who is gone is taken, and a thin event tells of it", async () => {
  const stripe = standInStripe();
  const { customer, meter, send } = await metered(stripe);
  await stripe.client.customers.del(customer);
  await expect(send("lost")).resolves.toMatchObject({ identifier: "lost" });
  const [report] = Object.values(stripe.control.snapshot().meterReports);
  const fetched = await stripe.client.v2.core.events.retrieve(report?.id ?? "");
  expect(fetched).toMatchObject({
    object: "v2.core.event",
    type: "v1.billing.meter.error_report_triggered",
    related_object: { id: meter.id, type: "billing.meter" },
    data: {
      reason: {
        error_count: 1,
        error_types: [
          {
            code: "meter_event_customer_not_found",
            sample_errors: [{ request: { identifier: "lost" } }],
          },
        ],
      },
    },
  });
  await expect(stripe.client.v2.core.events.retrieve("evt_test_none")).rejects.toMatchObject({
    statusCode: 404,
  });
  const { data } = await stripe.client.events.list({ limit: 100 });
  expect(data.map(({ type }) => type)).not.toContain("v1.billing.meter.error_report_triggered");
});
