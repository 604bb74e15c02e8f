import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { DAY_SECONDS, HOUR_SECONDS, idOf, standInStripe } from "../support/stripe.ts";

const START = Date.parse("2026-04-01T00:00:00Z");

/** Creates a subscription of $30 a month and half a cent per token. */
async function subscribeMetered(trialDays?: number) {
  const stripe = standInStripe({ nowMs: () => START });
  const { client, control } = stripe;
  const { id: product } = await client.products.create({ name: "Plan" });
  const { id: meter } = await client.billing.meters.create({
    display_name: "Tokens",
    event_name: "tokens",
    default_aggregation: { formula: "sum" },
    customer_mapping: { type: "by_id", event_payload_key: "stripe_customer_id" },
    value_settings: { event_payload_key: "value" },
  });
  const recurring = { interval: "month" } as const;
  const licensed = await client.prices.create({
    product,
    currency: "usd",
    unit_amount: 3000,
    recurring,
  });
  const metered = await client.prices.create({
    product,
    currency: "usd",
    unit_amount_decimal: Stripe.Decimal.from("0.5"),
    recurring: { ...recurring, usage_type: "metered", meter },
  });
  const session = await client.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: licensed.id, quantity: 1 }, { price: metered.id }],
    success_url: "http://shop.test/done",
    ...(trialDays === undefined ? {} : { subscription_data: { trial_period_days: trialDays } }),
  });
  await stripe.pay(session.url ?? "");
  const { data } = await client.subscriptions.list();
  const [subscription] = data;
  if (subscription === undefined) throw new Error("no subscription");
  const { id } = subscription;
  const customer = idOf(subscription.customer);
  const findItemId = (price: string) =>
    subscription.items.data.find((item) => item.price.id === price)?.id ?? "";
  const readClock = () => Math.floor(START / 1000) + control.snapshot().offsetSeconds;
  const reportUsage = (value: number, secondsAgo = 0) =>
    client.billing.meterEvents.create({
      event_name: "tokens",
      payload: { stripe_customer_id: customer, value: String(value) },
      timestamp: readClock() - secondsAgo,
    });
  const newestInvoice = async () => (await client.invoices.list({ subscription: id })).data[0];
  return {
    stripe,
    client,
    control,
    session,
    subscription,
    id,
    item: findItemId,
    licensed: licensed.id,
    metered: metered.id,
    use: reportUsage,
    newest: newestInvoice,
  };
}
const amounts = (invoice: Stripe.Invoice | undefined) =>
  invoice?.lines.data.map((line) => [line.amount, line.quantity]);

it("usage is billed after its period, together with the next one", async () => {
  const {
    control,
    session,
    subscription,
    item: findItemId,
    metered,
    use: reportUsage,
    newest: newestInvoice,
  } = await subscribeMetered();
  expect(session.amount_total).toBe(3000);
  expect(subscription.items.data.map((item) => item.quantity)).toEqual([1, undefined]);
  expect(amounts(await newestInvoice())).toEqual([[3000, 1]]);
  control.advance(10 * DAY_SECONDS);
  await reportUsage(1001);
  control.advance(20 * DAY_SECONDS);
  const renewal = await newestInvoice();
  expect(amounts(renewal)).toEqual([
    [501, 1001],
    [3000, 1],
  ]);
  expect(renewal?.lines.data[0]).toMatchObject({
    period: { start: START / 1000, end: START / 1000 + 30 * DAY_SECONDS },
    pricing: { price_details: { price: metered } },
    parent: {
      subscription_item_details: { subscription_item: findItemId(metered), proration: false },
    },
  });
  control.advance(HOUR_SECONDS);
  expect((await newestInvoice())?.amount_paid).toBe(3501);
});

it("usage that is reported while the invoice is a draft counts", async () => {
  const { control, use: reportUsage, newest: newestInvoice } = await subscribeMetered();
  control.advance(30 * DAY_SECONDS);
  await reportUsage(200, 60);
  await reportUsage(1000);
  control.advance(HOUR_SECONDS);
  expect(await newestInvoice()).toMatchObject({ total: 3100, amount_paid: 3100, status: "paid" });
  expect(amounts(await newestInvoice())).toEqual([
    [100, 200],
    [3000, 1],
  ]);
});

it("usage in a trial is free", async () => {
  const { control, use: reportUsage, newest: newestInvoice } = await subscribeMetered(7);
  await reportUsage(1000);
  control.advance(7 * DAY_SECONDS + HOUR_SECONDS);
  expect((await newestInvoice())?.amount_paid).toBe(3000);
});

it("the last usage is billed when the subscription ends, or at once on request", async () => {
  const planned = await subscribeMetered();
  await planned.client.subscriptions.update(planned.id, { cancel_at_period_end: true });
  await planned.use(1000);
  planned.control.advance(30 * DAY_SECONDS + HOUR_SECONDS);
  expect(await planned.client.subscriptions.retrieve(planned.id)).toMatchObject({
    status: "canceled",
  });
  expect(await planned.newest()).toMatchObject({
    amount_paid: 500,
    status: "paid",
    billing_reason: "subscription_cycle",
  });

  const atOnce = await subscribeMetered();
  await atOnce.use(1000);
  atOnce.control.advance(15 * DAY_SECONDS);
  await atOnce.client.subscriptions.cancel(atOnce.id, { prorate: true, invoice_now: true });
  expect(amounts(await atOnce.newest())).toEqual([
    [500, 1000],
    [-1500, 1],
  ]);
});

it("a removed item is billed for its usage; metered prices are never prorated", async () => {
  const {
    client,
    control,
    id,
    item: findItemId,
    metered,
    use: reportUsage,
    newest: newestInvoice,
  } = await subscribeMetered();
  control.advance(15 * DAY_SECONDS);
  await reportUsage(400);
  const items = [{ id: findItemId(metered), deleted: true }];
  const preview = await client.invoices.createPreview({
    subscription: id,
    subscription_details: { items, proration_behavior: "always_invoice" },
  });
  await client.subscriptions.update(id, { items, proration_behavior: "always_invoice" });
  expect([amounts(preview), amounts(await newestInvoice())]).toEqual([[[200, 400]], [[200, 400]]]);
  control.advance(60);
  await client.subscriptions.update(id, { items: [{ price: metered }] });
  await reportUsage(10);
  control.advance(15 * DAY_SECONDS);
  expect(amounts(await newestInvoice())).toEqual([
    [5, 10],
    [3000, 1],
  ]);
});

it("a metered price has no quantity", async () => {
  const { client, id, metered } = await subscribeMetered();
  const refused = client.subscriptions.update(id, { items: [{ price: metered, quantity: 2 }] });
  await expect(refused).rejects.toMatchObject({ statusCode: 400, param: "items[0][quantity]" });
});
