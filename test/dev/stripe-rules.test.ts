import { expect, it } from "vitest";
import { DAY_SECONDS, idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

// What Stripe refuses, or does, and a mild stand-in would not.

const monthly = async ({ client }: TestStripe, currency = "usd", unit_amount = 1500) =>
  (
    await client.prices.create({
      currency,
      unit_amount,
      recurring: { interval: "month" },
      product_data: { name: "Pro" },
    })
  ).id;

/** Subscribes to a price and a metered one, and reports 50 uses. */
async function subscribeWithUsage() {
  const stripe = standInStripe();
  const { client } = stripe;
  const meter = await client.billing.meters.create({
    display_name: "Messages",
    event_name: "messages",
    default_aggregation: { formula: "sum" },
  });
  const metered = await client.prices.create({
    currency: "usd",
    unit_amount: 2,
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
    product_data: { name: "Messages" },
  });
  const { id, customer, items } = await stripe.subscribe();
  const licensed = items.data[0]?.id ?? "";
  const after = await client.subscriptions.update(id, { items: [{ price: metered.id }] });
  const meteredItem = after.items.data.find((item) => item.id !== licensed)?.id ?? "";
  stripe.control.advance(60);
  await client.billing.meterEvents.create({
    event_name: "messages",
    payload: { stripe_customer_id: idOf(customer), value: "50" },
  });
  return { stripe, id, meteredItem };
}

it.each([
  ["always_invoice", [100]],
  ["create_prorations", [100]],
  ["none", []],
] as const)(
  "a metered price that is removed with %s bills its usage as %j",
  async (proration_behavior, billed) => {
    const { stripe, id, meteredItem } = await subscribeWithUsage();
    const { client } = stripe;
    await client.subscriptions.update(id, {
      items: [{ id: meteredItem, deleted: true }],
      proration_behavior,
    });
    stripe.control.advance(32 * DAY_SECONDS);
    const { data } = await client.invoices.list({ subscription: id });
    const used = data.flatMap(({ lines }) =>
      lines.data.filter(({ description }) => description?.includes("Messages")),
    );
    expect(used.map(({ amount }) => amount)).toEqual(billed);
  },
);

it("a subscription has a price only once", async () => {
  const stripe = standInStripe();
  const { client } = stripe;
  const { id, customer, items } = await stripe.subscribe();
  const item = items.data[0];
  const price = item?.price.id ?? "";
  const message = expect.stringContaining("multiple subscription items with the same plan");
  const refusal = { statusCode: 400, message };
  const twice = { customer: idOf(customer), items: [{ price }, { price }] };
  await expect(client.subscriptions.create(twice)).rejects.toMatchObject(refusal);
  const again = { items: [{ price }] };
  await expect(client.subscriptions.update(id, again)).rejects.toMatchObject(refusal);
  const other = await monthly(stripe);
  const added = await client.subscriptions.update(id, { items: [{ price: other }] });
  const addedItem = added.items.data.find((one) => one.price.id === other)?.id ?? "";
  const same = { items: [{ id: addedItem, price }] };
  await expect(client.subscriptions.update(id, same)).rejects.toMatchObject(refusal);
  const swapped = { items: [{ id: addedItem, deleted: true }, again.items[0] ?? {}] };
  await expect(client.subscriptions.update(id, swapped)).rejects.toMatchObject(refusal);
});

it("a trial that is ended early tells so at once", async () => {
  const stripe = standInStripe();
  const { id } = await stripe.subscribe({ trialDays: 14 });
  const told = () =>
    stripe.control.events().filter(({ type }) => type === "customer.subscription.trial_will_end");
  expect(told()).toHaveLength(0);
  await stripe.client.subscriptions.update(id, { trial_end: "now" });
  expect(told()).toHaveLength(1);
  stripe.control.advance(30 * DAY_SECONDS);
  expect(told()).toHaveLength(1);
});

it("an incomplete subscription that is canceled has expired, and its invoice is void", async () => {
  const stripe = standInStripe();
  const { client } = stripe;
  const { id: customer } = await client.customers.create({});
  const { id } = await client.subscriptions.create({
    customer,
    items: [{ price: await monthly(stripe) }],
    payment_behavior: "default_incomplete",
  });
  const canceled = await client.subscriptions.cancel(id, { expand: ["latest_invoice"] });
  expect(canceled).toMatchObject({
    status: "incomplete_expired",
    canceled_at: expect.any(Number),
    latest_invoice: { status: "void" },
  });
  const types = stripe.control.events().map(({ type }) => type);
  expect(types).toContain("customer.subscription.updated");
  expect(types).not.toContain("customer.subscription.deleted");
  await expect(client.subscriptions.cancel(id)).rejects.toMatchObject({ statusCode: 404 });
});

it.each([
  ["kwd", 3070, 10],
  ["isk", 150_000, 100],
  ["usd", 1501, 1],
])(
  "parts of a price in %s, and discounts, are amounts that it can be charged in",
  async (currency, amount, step) => {
    const stripe = standInStripe();
    const price = await monthly(stripe, currency, amount);
    const { id } = await stripe.subscribe({ price });
    stripe.control.advance(7 * DAY_SECONDS + 12_345);
    const canceled = await stripe.client.subscriptions.cancel(id, {
      prorate: true,
      invoice_now: true,
      expand: ["latest_invoice"],
    });
    const invoice = canceled.latest_invoice;
    if (invoice === null || typeof invoice === "string") throw new Error("There is no invoice.");
    expect(invoice.total).toBeLessThan(0);
    expect(Math.abs(invoice.total % step)).toBe(0);
    const coupon = await stripe.client.coupons.create({ percent_off: 33.3 });
    const session = await stripe.client.checkout.sessions.create({
      mode: "subscription",
      success_url: "http://shop.test/",
      line_items: [{ price, quantity: 1 }],
      discounts: [{ coupon: coupon.id }],
    });
    const { amount_discount: off = 0 } = session.total_details ?? {};
    expect([off > 0, off % step]).toEqual([true, 0]);
  },
);

it("a customer's balance pays invoices of its own currency alone", async () => {
  const stripe = standInStripe();
  const { client } = stripe;
  const dollars = await stripe.subscribe();
  const customer = idOf(dollars.customer);
  const endNow = { prorate: true, invoice_now: true } as const;
  await client.subscriptions.cancel(dollars.id, endNow);
  expect(await client.customers.retrieve(customer)).toMatchObject({
    balance: -1500,
    currency: "usd",
    invoice_credit_balance: { usd: 1500 },
  });
  const euros = await stripe.subscribe({ customer, price: await monthly(stripe, "eur", 2000) });
  const paid = async (id: string) =>
    (await client.invoices.list({ subscription: id })).data.map((invoice) => invoice.amount_paid);
  expect(await paid(euros.id)).toEqual([2000]);
  await client.subscriptions.cancel(euros.id);
  const again = await stripe.subscribe({ customer });
  expect(await paid(again.id)).toEqual([0]);
  expect(await client.customers.retrieve(customer)).toMatchObject({
    balance: 0,
    invoice_credit_balance: { usd: 0, eur: 0 },
  });
});

it.each([
  [{ prorate: true, invoice_now: true }, [100]],
  [{ invoice_now: true }, []],
  [{}, []],
])("a subscription that is canceled with %j bills its usage as %j", async (params, billed) => {
  const { stripe, id } = await subscribeWithUsage();
  await stripe.client.subscriptions.cancel(id, params);
  const { data } = await stripe.client.invoices.list({ subscription: id });
  const used = data.flatMap(({ lines }) =>
    lines.data.filter(({ description }) => description?.startsWith("50 × Messages") === true),
  );
  expect(used.map(({ amount }) => amount)).toEqual(billed);
});
