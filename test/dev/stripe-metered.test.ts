import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { idOf, standInStripe } from "../support/stripe.ts";

const DAY = 86_400;
const HOUR = 3600;
const START = Date.parse("2026-04-01T00:00:00Z");

/** A subscription of $30 a month and half a cent a token. */
async function subscribed(trialDays?: number) {
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
  const item = (price: string) =>
    subscription.items.data.find((one) => one.price.id === price)?.id ?? "";
  const now = () => Math.floor(START / 1000) + control.snapshot().offsetSeconds;
  const use = (value: number, secondsAgo = 0) =>
    client.billing.meterEvents.create({
      event_name: "tokens",
      payload: { stripe_customer_id: customer, value: String(value) },
      timestamp: now() - secondsAgo,
    });
  const newest = async () => (await client.invoices.list({ subscription: id })).data[0];
  return {
    stripe,
    client,
    control,
    session,
    subscription,
    id,
    item,
    licensed: licensed.id,
    metered: metered.id,
    use,
    newest,
  };
}
const amounts = (invoice: Stripe.Invoice | undefined) =>
  invoice?.lines.data.map((line) => [line.amount, line.quantity]);

it("what was used is billed when its period is over, together with the next one", async () => {
  const { control, session, subscription, item, metered, use, newest } = await subscribed();
  expect(session.amount_total).toBe(3000);
  expect(subscription.items.data.map((one) => one.quantity)).toEqual([1, undefined]);
  expect(amounts(await newest())).toEqual([[3000, 1]]);
  control.advance(10 * DAY);
  await use(1001);
  control.advance(20 * DAY);
  const renewal = await newest();
  expect(amounts(renewal)).toEqual([
    [501, 1001],
    [3000, 1],
  ]);
  expect(renewal?.lines.data[0]).toMatchObject({
    period: { start: START / 1000, end: START / 1000 + 30 * DAY },
    pricing: { price_details: { price: metered } },
    parent: { subscription_item_details: { subscription_item: item(metered), proration: false } },
  });
  control.advance(HOUR);
  expect((await newest())?.amount_paid).toBe(3501);
});

it("usage that is reported while the invoice is still a draft counts", async () => {
  const { control, use, newest } = await subscribed();
  control.advance(30 * DAY);
  await use(200, 60);
  await use(1000);
  control.advance(HOUR);
  expect(await newest()).toMatchObject({ total: 3100, amount_paid: 3100, status: "paid" });
  expect(amounts(await newest())).toEqual([
    [100, 200],
    [3000, 1],
  ]);
});

it("what is used in a trial is free", async () => {
  const { control, use, newest } = await subscribed(7);
  await use(1000);
  control.advance(7 * DAY + HOUR);
  expect((await newest())?.amount_paid).toBe(3000);
});

it("the last usage is billed when the subscription ends with its period, or at once where that is asked for", async () => {
  const planned = await subscribed();
  await planned.client.subscriptions.update(planned.id, { cancel_at_period_end: true });
  await planned.use(1000);
  planned.control.advance(30 * DAY + HOUR);
  expect(await planned.client.subscriptions.retrieve(planned.id)).toMatchObject({
    status: "canceled",
  });
  expect(await planned.newest()).toMatchObject({
    amount_paid: 500,
    status: "paid",
    billing_reason: "subscription_cycle",
  });

  const atOnce = await subscribed();
  await atOnce.use(1000);
  atOnce.control.advance(15 * DAY);
  await atOnce.client.subscriptions.cancel(atOnce.id, { prorate: true, invoice_now: true });
  expect(amounts(await atOnce.newest())).toEqual([
    [500, 1000],
    [-1500, 1],
  ]);
});

it("an item that goes is billed for what it used, and one that is used is never prorated", async () => {
  const { client, control, id, item, metered, use, newest } = await subscribed();
  control.advance(15 * DAY);
  await use(400);
  const items = [{ id: item(metered), deleted: true }];
  const preview = await client.invoices.createPreview({
    subscription: id,
    subscription_details: { items, proration_behavior: "always_invoice" },
  });
  await client.subscriptions.update(id, { items, proration_behavior: "always_invoice" });
  expect([amounts(preview), amounts(await newest())]).toEqual([[[200, 400]], [[200, 400]]]);
  control.advance(60);
  await client.subscriptions.update(id, { items: [{ price: metered }] });
  await use(10);
  control.advance(15 * DAY);
  expect(amounts(await newest())).toEqual([
    [5, 10],
    [3000, 1],
  ]);
});

it("what is counted has no quantity of its own", async () => {
  const { client, id, metered } = await subscribed();
  const refused = client.subscriptions.update(id, { items: [{ price: metered, quantity: 2 }] });
  await expect(refused).rejects.toMatchObject({ statusCode: 400, param: "items[0][quantity]" });
});
