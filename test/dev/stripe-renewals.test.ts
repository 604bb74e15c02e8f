import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { periodAt, periodStart } from "../../dev/stripe/subscriptions/calendar.ts";
import {
  DAY_SECONDS,
  HOUR_SECONDS,
  idOf,
  standInStripe,
  type TestStripe,
} from "../support/stripe.ts";

const toSeconds = (text: string) => Date.parse(text) / 1000;
const day = (seconds: number | undefined) =>
  new Date((seconds ?? 0) * 1000).toISOString().slice(0, 10);
const startingAt = (text: string) => standInStripe({ nowMs: () => Date.parse(text) });
const typesSince = (stripe: TestStripe, count: number) =>
  stripe.control
    .events()
    .slice(count)
    .map((event) => event.type);
const readStatus = async ({ client }: TestStripe, id: string) =>
  (await client.subscriptions.retrieve(id)).status;

it.each<[string, "month" | "year" | "week", number, string[]]>([
  ["2026-01-31T10:00:00Z", "month", 1, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]],
  ["2024-02-29T10:00:00Z", "year", 1, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]],
  ["2026-11-30T23:59:59Z", "month", 3, ["2027-02-28", "2027-05-30", "2027-08-30", "2027-11-30"]],
  ["2026-03-01T00:00:00Z", "week", 2, ["2026-03-15", "2026-03-29", "2026-04-12", "2026-04-26"]],
])(
  "from %s, every %s × %i is paid on the anchor's day, or the last of its month",
  (anchor, interval, interval_count, days) => {
    const recurring = { interval, interval_count };
    const starts = [1, 2, 3, 4].map((n) => periodStart(toSeconds(anchor), recurring, n));
    expect(starts.map(day)).toEqual(days);
    for (const [index, start] of starts.entries()) {
      expect(periodAt(toSeconds(anchor), recurring, start).start).toBe(start);
      expect(periodAt(toSeconds(anchor), recurring, start - 1).end).toBe(start);
      expect(start % DAY_SECONDS, `${index}`).toBe(toSeconds(anchor) % DAY_SECONDS);
    }
  },
);

it("a year in one step brings twelve renewals, each at its time and in order", async () => {
  const stripe = startingAt("2026-01-31T10:00:00Z");
  const { id } = await stripe.subscribe();
  const before = stripe.control.events().length;
  stripe.control.advance(365 * DAY_SECONDS + 2 * HOUR_SECONDS);
  const { data } = await stripe.client.invoices.list({ subscription: id, limit: 100 });
  expect(
    data
      .map((invoice) => [invoice.billing_reason, invoice.status, day(invoice.created)])
      .toReversed(),
  ).toEqual([
    ["subscription_create", "paid", "2026-01-31"],
    ...[
      "02-28",
      "03-31",
      "04-30",
      "05-31",
      "06-30",
      "07-31",
      "08-31",
      "09-30",
      "10-31",
      "11-30",
      "12-31",
    ].map((monthDay) => ["subscription_cycle", "paid", `2026-${monthDay}`]),
    ["subscription_cycle", "paid", "2027-01-31"],
  ]);
  const [newest] = data;
  expect(newest?.status_transitions).toMatchObject({
    finalized_at: (newest?.created ?? 0) + HOUR_SECONDS,
  });
  const subscription = await stripe.client.subscriptions.retrieve(id);
  expect(subscription).toMatchObject({ status: "active", latest_invoice: newest?.id });
  expect(day(subscription.items.data[0]?.current_period_end)).toBe("2027-02-28");
  expect(newest?.lines.data[0]?.period).toEqual({
    start: toSeconds("2027-01-31T10:00:00Z"),
    end: toSeconds("2027-02-28T10:00:00Z"),
  });
  expect(typesSince(stripe, before).slice(0, 9)).toEqual([
    "invoice.created",
    "customer.subscription.updated",
    "payment_intent.created",
    "invoice.finalized",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
  ]);
  const times = stripe.control.events().map((event) => event.created);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

it("a year's events all arrive, including those older than Stripe keeps them", async () => {
  const arrived: string[] = [];
  const send = async (request: Request): Promise<Response> => {
    const event: { readonly type: string } = await request.json();
    arrived.push(event.type);
    return new Response(null);
  };
  const stripe = standInStripe({
    webhook: { url: "http://shop.test/hook", secret: "whsec", send },
  });
  await stripe.subscribe();
  await stripe.control.deliver();
  stripe.control.advance(366 * DAY_SECONDS);
  await stripe.control.deliver();
  expect(arrived.filter((type) => type === "invoice.paid")).toHaveLength(13);
});

it("an event has the former values beside the new ones", async () => {
  const stripe = startingAt("2026-01-15T00:00:00Z");
  const { id, latest_invoice } = await stripe.subscribe();
  stripe.control.advance(31 * DAY_SECONDS);
  const updated = stripe.control
    .events()
    .find(
      (event) =>
        event.type === "customer.subscription.updated" &&
        Reflect.get(event.data.object, "status") === "active" &&
        "items" in (event.data.previous_attributes ?? {}),
    );
  expect(updated?.data).toMatchObject({
    object: { id, items: { data: [{ current_period_start: toSeconds("2026-02-15T00:00:00Z") }] } },
    previous_attributes: {
      latest_invoice,
      items: { data: [{ current_period_start: toSeconds("2026-01-15T00:00:00Z") }] },
    },
  });
});

it("a trial notifies three days before its end, then is charged an hour after it", async () => {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe({ trialDays: 14 });
  stripe.control.advance(11 * DAY_SECONDS - 1);
  expect(typesSince(stripe, 0)).not.toContain("customer.subscription.trial_will_end");
  stripe.control.advance(1);
  stripe.control.advance(DAY_SECONDS);
  expect(
    typesSince(stripe, 0).filter((type) => type === "customer.subscription.trial_will_end"),
  ).toHaveLength(1);
  expect(await readStatus(stripe, id)).toBe("trialing");
  stripe.control.advance(2 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("active");
  expect((await stripe.client.charges.list({ customer: idOf(customer) })).data).toEqual([]);
  stripe.control.advance(HOUR_SECONDS);
  expect((await stripe.client.charges.list({ customer: idOf(customer) })).data).toMatchObject([
    { amount: 1500, paid: true },
  ]);
});

it.each([
  ["cancel", "canceled"],
  ["pause", "paused"],
  ["create_invoice", "past_due"],
] as const)(
  "a trial without a card ends as its settings say: %s",
  async (missing_payment_method, expected) => {
    const stripe = standInStripe();
    const { client } = stripe;
    const customer = await client.customers.create();
    const price = await client.prices.create({
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "month" },
      product_data: { name: "Pro" },
    });
    const { id } = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method } },
    });
    stripe.control.advance(7 * DAY_SECONDS + HOUR_SECONDS);
    expect(await readStatus(stripe, id)).toBe(expected);
    if (expected !== "paused") return;
    const card = await client.paymentMethods.attach("pm_card_visa", { customer: customer.id });
    await client.customers.update(customer.id, {
      invoice_settings: { default_payment_method: card.id },
    });
    const resumed = await client.subscriptions.resume(id, {
      payment_behavior: "resume_on_payment_success",
      expand: ["latest_invoice"],
    });
    expect(resumed).toMatchObject({
      status: "active",
      latest_invoice: { status: "paid", amount_paid: 900 },
    });
  },
);

it("a renewal that fails is past due, retried after 3, 5 and 7 days, then canceled", async () => {
  const stripe = standInStripe();
  const { id } = await stripe.subscribe({ trialDays: 10, card: "pm_card_chargeCustomerFail" });
  stripe.control.advance(10 * DAY_SECONDS + HOUR_SECONDS);
  expect(await readStatus(stripe, id)).toBe("past_due");
  const findOpenInvoice = async () =>
    (await stripe.client.invoices.list({ subscription: id, status: "open" })).data[0];
  for (const [index, days] of [3, 5, 7].entries()) {
    expect(await findOpenInvoice()).toMatchObject({
      attempt_count: index + 1,
      attempted: true,
      amount_remaining: 1500,
    });
    stripe.control.advance(days * DAY_SECONDS - 1);
    expect(await readStatus(stripe, id)).toBe("past_due");
    stripe.control.advance(1);
  }
  expect(await findOpenInvoice()).toMatchObject({ attempt_count: 4, next_payment_attempt: null });
  const canceled = await stripe.client.subscriptions.retrieve(id);
  expect(canceled).toMatchObject({
    status: "canceled",
    cancellation_details: { reason: "payment_failed" },
  });
  const count = (type: string) => typesSince(stripe, 0).filter((one) => one === type).length;
  expect([
    count("invoice.payment_failed"),
    count("charge.failed"),
    count("customer.subscription.deleted"),
  ]).toEqual([4, 4, 1]);
});

it("with other settings it becomes unpaid, and its renewals stay drafts", async () => {
  const stripe = standInStripe();
  stripe.control.afterRetries("unpaid");
  const { id, customer } = await stripe.subscribe();
  stripe.control.failPayments(idOf(customer));
  stripe.control.advance(60 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("unpaid");
  stripe.control.advance(31 * DAY_SECONDS);
  expect(
    (await stripe.client.invoices.list({ subscription: id, status: "draft" })).data.length,
  ).toBeGreaterThan(0);
});

it("a late payment makes it active again: by a retry, or with another card", async () => {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe();
  stripe.control.failPayments(idOf(customer));
  stripe.control.advance(31 * DAY_SECONDS + HOUR_SECONDS);
  expect(await readStatus(stripe, id)).toBe("past_due");
  const [invoice] = (await stripe.client.invoices.list({ subscription: id, status: "open" })).data;
  await expect(stripe.client.invoices.pay(invoice?.id ?? "")).rejects.toBeInstanceOf(
    Stripe.errors.StripeCardError,
  );
  expect(typesSince(stripe, 0).filter((type) => type === "invoice.payment_failed")).toHaveLength(2);
  stripe.control.failPayments(idOf(customer), false);
  stripe.control.advance(3 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("active");
  expect((await stripe.client.invoices.retrieve(invoice?.id ?? "")).status).toBe("paid");
});

it("a subscription that ends with its period is not renewed", async () => {
  const stripe = standInStripe();
  const { id, items } = await stripe.subscribe();
  const end = items.data[0]?.current_period_end ?? 0;
  const scheduled = await stripe.client.subscriptions.update(id, { cancel_at_period_end: true });
  expect(scheduled).toMatchObject({
    status: "active",
    cancel_at: end,
    cancel_at_period_end: true,
    cancellation_details: { reason: "cancellation_requested" },
  });
  const resumed = await stripe.client.subscriptions.update(id, { cancel_at_period_end: false });
  expect(resumed).toMatchObject({
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
  });
  await stripe.client.subscriptions.update(id, { cancel_at_period_end: true });
  stripe.control.advance(40 * DAY_SECONDS);
  const canceled = await stripe.client.subscriptions.retrieve(id);
  expect(canceled).toMatchObject({ status: "canceled", ended_at: end });
  expect((await stripe.client.invoices.list({ subscription: id })).data).toHaveLength(1);
  expect(
    (await stripe.client.subscriptions.list({ customer: idOf(canceled.customer) })).data,
  ).toEqual([]);
  expect((await stripe.client.subscriptions.list({ status: "all" })).data).toHaveLength(1);
});

it("while collection is paused, invoices are created and not collected", async () => {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe();
  await stripe.client.subscriptions.update(id, { pause_collection: { behavior: "void" } });
  stripe.control.advance(32 * DAY_SECONDS);
  expect(
    (await stripe.client.invoices.list({ subscription: id })).data.map((one) => one.status),
  ).toEqual(["void", "paid"]);
  await stripe.client.subscriptions.update(id, { pause_collection: "" });
  stripe.control.advance(31 * DAY_SECONDS);
  expect((await stripe.client.charges.list({ customer: idOf(customer) })).data).toHaveLength(2);
});

it("deleting a customer cancels their subscriptions", async () => {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe();
  await stripe.client.customers.del(idOf(customer));
  stripe.control.advance(60 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("canceled");
});

it("a first invoice that is not paid ends the subscription after 23 hours", async () => {
  const stripe = standInStripe();
  const {
    id,
    latest_invoice,
    status: first,
  } = await stripe.subscribe({ card: "pm_card_chargeCustomerFail" });
  expect(first).toBe("incomplete");
  stripe.control.advance(23 * HOUR_SECONDS);
  expect(await readStatus(stripe, id)).toBe("incomplete_expired");
  expect((await stripe.client.invoices.retrieve(idOf(latest_invoice))).status).toBe("void");
});

it("the page lists subscriptions, and can make payments fail", async () => {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe();
  const postControl = (path: string, fields: Record<string, string>) =>
    stripe.fetch(
      new Request(`http://stripe.test/_local/${path}`, {
        method: "POST",
        body: new URLSearchParams(fields),
      }),
    );
  expect(await (await stripe.open("http://stripe.test/")).text()).toContain(id);
  expect((await postControl("customers/cus_none/fail-payments", {})).status).toBe(400);
  await postControl("after-retries", { status: "past_due" });
  await postControl(`customers/${idOf(customer)}/fail-payments`, {});
  expect(await (await stripe.open("http://stripe.test/")).text()).toContain("Payments work again");
  stripe.control.advance(50 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("past_due");
  await postControl(`customers/${idOf(customer)}/fail-payments`, { failing: "false" });
  stripe.control.advance(31 * DAY_SECONDS);
  expect(await readStatus(stripe, id)).toBe("active");
});
