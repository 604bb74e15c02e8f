import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { deliverEvent } from "../support/webhook.ts";

beforeEach(() => vi.spyOn(console, "error").mockImplementation(() => undefined));

interface Entry {
  readonly subjectId: string;
  readonly reason: string;
  readonly after: unknown;
}

/** Lists what the operator sees of usage that was not counted, by a meter or another subject. */
async function seenByOperator(subjectId: string): Promise<Entry[]> {
  const path = `/api/admin/audit?action=usage.not_counted&subjectId=${subjectId}`;
  return (await (await callAsAdmin("GET", path)).json<{ data: Entry[] }>()).data;
}

const inboxOf = (eventId: string) =>
  env.DB.prepare("select type, status, object_id as objectId from stripe_events where id = ?")
    .bind(eventId)
    .first();

const createMeter = async ({ client }: TestStripe) =>
  (
    await client.billing.meters.create({
      display_name: "Messages",
      event_name: `messages_${crypto.randomUUID().slice(0, 8)}`,
      default_aggregation: { formula: "sum" },
    })
  ).id;

const statuses = (deliveries: Awaited<ReturnType<TestStripe["control"]["deliver"]>>) =>
  deliveries.map(({ attempts }) => attempts.at(-1)?.status);

describe("usage that Stripe took and did not count", () => {
  it.each([
    ["meter_event_customer_not_found", "No active customer with ID cus_gone was found."],
    ["archived_meter", "The meter is archived."],
    ["meter_event_invalid_value", "The value is not a number."],
    ["timestamp_too_far_in_past", "The timestamp is too old."],
  ] as const)(
    "for %s is shown to the operator, with the meter and the reason",
    async (code, message) => {
      const stripe = standInStripe();
      const meterId = await createMeter(stripe);
      const { id } = stripe.control.reportUncountedUsage({
        meterId,
        code,
        message,
        identifiers: ["usr_1:1", "usr_1:2"],
      });
      expect(statuses(await stripe.control.deliver())).toContain(200);
      // Stripe may send it more than once.
      expect((await stripe.control.resend(id))?.status).toBe(200);
      expect(await seenByOperator(meterId)).toMatchObject([
        {
          reason: "There are 2 invalid events",
          after: {
            count: 2,
            reasons: [{ code, count: 2, samples: [{ message, reportId: "usr_1:1" }, {}] }],
          },
        },
      ]);
      expect(await inboxOf(id)).toEqual({
        type: "v1.billing.meter.error_report_triggered",
        status: "processed",
        objectId: meterId,
      });
    },
  );

  it("because it names no meter is shown under the report itself", async () => {
    const stripe = standInStripe();
    const message = "No meter found with event name nothing.";
    const { id } = stripe.control.reportUncountedUsage({
      meterId: null,
      code: "no_meter",
      message,
      identifiers: ["usr_1:3"],
    });
    await stripe.control.deliver();
    expect(await seenByOperator(id)).toMatchObject([
      { after: { count: 1, reasons: [{ samples: [{ message }] }] } },
    ]);
  });

  it("is found once Stripe can be reached again, if it could not be", async () => {
    const stripe = standInStripe();
    const meterId = await createMeter(stripe);
    const usage = {
      meterId,
      code: "archived_meter",
      message: "Archived.",
      identifiers: ["a"],
    } as const;
    const { id } = stripe.control.reportUncountedUsage(usage);
    stripe.control.nextRequests({ answer: 500, path: "/v2/core/events/:id", times: 3 });
    await stripe.control.deliver();
    expect(await inboxOf(id)).toMatchObject({ status: "failed" });
    stripe.control.clearSwitches();
    expect((await stripe.control.resend(id))?.status).toBe(200);
    expect(await seenByOperator(meterId)).toHaveLength(1);
  });

  it("is shown by its meter where the reasons cannot be read, until a replay", async () => {
    const stripe = standInStripe();
    const meterId = await createMeter(stripe);
    const usage = {
      meterId,
      code: "archived_meter",
      message: "Archived.",
      identifiers: ["a"],
    } as const;
    const { id } = stripe.control.reportUncountedUsage(usage);
    stripe.control.nextRequests({ answer: 400, path: "/v2/core/events/:id", times: 1 });
    expect(statuses(await stripe.control.deliver())).toContain(200);
    expect(await seenByOperator(meterId)).toMatchObject([
      { reason: expect.stringMatching(/declined/), after: null },
    ]);
    await callAsAdmin("POST", `/api/admin/events/${id}/replay`);
    expect(await seenByOperator(meterId)).toMatchObject([
      { after: { count: 1, reasons: [{ code: "archived_meter" }] } },
      { after: null },
    ]);
  });
});

it.each(["v2.core.event_destination.ping", "v1.billing.meter.deactivated", "v1.something.new"])(
  "the thin event %s, which means nothing here, is taken and ignored",
  async (type) => {
    const id = `evt_test_${crypto.randomUUID().slice(0, 8)}`;
    const created = new Date().toISOString();
    const event = { id, object: "v2.core.event", type, created, livemode: false };
    expect((await deliverEvent(event)).status).toBe(200);
    expect(await inboxOf(id)).toMatchObject({ status: "ignored" });
  },
);

it.each([
  ["created", { created: "yesterday" }],
  ["livemode", { livemode: true }],
  ["id", { id: "42" }],
])("a thin event with a wrong %s is refused by name", async (param, wrong) => {
  const type = "v1.billing.meter.no_meter_found";
  const created = new Date().toISOString();
  const event = { id: "evt_test_1", object: "v2.core.event", type, created, livemode: false };
  const refused = await deliverEvent({ ...event, ...wrong });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param } }]);
});
