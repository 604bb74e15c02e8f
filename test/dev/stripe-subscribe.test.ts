import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

const ONCE = { currency: "usd", unit_amount: 1500, product_data: { name: "Pro" } } as const;
const MONTHLY = { ...ONCE, recurring: { interval: "month" } } as const;

async function open(stripe: TestStripe, change: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const session = await stripe.client.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price_data: MONTHLY, quantity: 2 }],
    subscription_data: { metadata: { order: "ord_1" }, description: "Two seats" },
    success_url: "http://shop.test/done?session_id={CHECKOUT_SESSION_ID}",
    ...change,
  });
  return { id: session.id, url: session.url ?? "", session };
}
const types = (stripe: TestStripe) => stripe.control.events().map((event) => event.type);
const subscriptionOf = async ({ client }: TestStripe, sessionId: string) => {
  const { subscription } = await client.checkout.sessions.retrieve(sessionId, {
    expand: [
      "subscription",
      "subscription.latest_invoice",
      "subscription.latest_invoice.payments",
      "subscription.customer",
    ],
  });
  if (typeof subscription !== "object" || subscription === null) throw new Error("no subscription");
  return subscription;
};

it("a subscription is bought: the payment pays its first invoice, and all are linked", async () => {
  const stripe = standInStripe();
  const { id, url, session } = await open(stripe);
  expect(session).toMatchObject({
    amount_subtotal: 3000,
    amount_total: 3000,
    mode: "subscription",
    payment_status: "unpaid",
    payment_method_types: ["card", "us_bank_account"],
    payment_method_collection: "always",
  });
  expect((await stripe.pay(url)).status).toBe(303);

  const subscription = await subscriptionOf(stripe, id);
  const [item] = subscription.items.data;
  expect(subscription).toMatchObject({
    status: "active",
    metadata: { order: "ord_1" },
    description: "Two seats",
    cancel_at_period_end: false,
    customer: { object: "customer", email: "buyer@example.com", balance: 0 },
    items: {
      data: [{ quantity: 2, price: { unit_amount: 1500, recurring: { interval: "month" } } }],
    },
    latest_invoice: {
      status: "paid",
      billing_reason: "subscription_create",
      amount_paid: 3000,
      number: expect.stringMatching(/-0001$/),
      parent: {
        subscription_details: { subscription: subscription.id, metadata: { order: "ord_1" } },
      },
      lines: {
        data: [
          {
            amount: 3000,
            description: "2 × Pro (at $15.00 / month)",
            period: { start: item?.current_period_start, end: item?.current_period_end },
            pricing: { price_details: { price: item?.price.id } },
            parent: {
              subscription_item_details: { subscription_item: item?.id, proration: false },
            },
          },
        ],
      },
      payments: {
        data: [{ status: "paid", amount_paid: 3000, payment: { type: "payment_intent" } }],
      },
    },
  });
  const done = await stripe.client.checkout.sessions.retrieve(id);
  expect(done).toMatchObject({
    status: "complete",
    payment_status: "paid",
    payment_intent: null,
    invoice: expect.stringMatching(/^in_/),
    subscription: subscription.id,
  });
  expect(types(stripe).slice(2)).toEqual([
    "customer.created",
    "payment_intent.created",
    "charge.succeeded",
    "payment_method.attached",
    "payment_intent.succeeded",
    "invoice.created",
    "customer.subscription.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "checkout.session.completed",
  ]);
});

it("a declined card leaves no subscription or invoice; another card pays", async () => {
  const stripe = standInStripe();
  const { id, url } = await open(stripe);
  expect((await stripe.pay(url, { number: "4000 0000 0000 0341" })).status).toBe(402);
  const { subscriptions, invoices } = stripe.control.snapshot();
  expect([subscriptions, invoices]).toEqual([{}, {}]);
  await stripe.pay(url);
  expect((await subscriptionOf(stripe, id)).status).toBe("active");
});

it("3D Secure: the subscription begins after the authentication", async () => {
  const stripe = standInStripe();
  const { id, url } = await open(stripe);
  expect(
    (await stripe.pay(url, { number: "4000 0025 0000 3155" })).headers.get("location"),
  ).toContain("/authenticate");
  expect((await stripe.authenticate(url, "fail")).status).toBe(402);
  await stripe.pay(url, { number: "4000 0025 0000 3155" });
  expect((await stripe.authenticate(url, "complete")).status).toBe(303);
  expect((await subscriptionOf(stripe, id)).status).toBe("active");
});

it.each(["4242 4242 4242 4242", "4000 0025 0000 3155"])(
  "a trial requires card %s, charges nothing, and begins",
  async (number) => {
    const stripe = standInStripe();
    const { id, url, session } = await open(stripe, {
      subscription_data: { trial_period_days: 14 },
    });
    expect(session).toMatchObject({
      amount_subtotal: 0,
      amount_total: 0,
      payment_status: "no_payment_required",
    });
    expect((await stripe.pay(url, { number: "" })).status).toBe(400);
    await stripe.pay(url, { number });
    if (number.endsWith("3155")) await stripe.authenticate(url, "complete");
    const subscription = await subscriptionOf(stripe, id);
    const end = subscription.start_date + 14 * 86_400;
    expect(subscription).toMatchObject({
      status: "trialing",
      trial_end: end,
      billing_cycle_anchor: end,
      default_payment_method: expect.stringMatching(/^pm_/),
      items: { data: [{ current_period_end: end }] },
      latest_invoice: {
        status: "paid",
        total: 0,
        amount_paid: 0,
        lines: { data: [{ amount: 0, description: "Trial period for Pro" }] },
      },
    });
    expect((await stripe.client.checkout.sessions.retrieve(id)).payment_status).toBe(
      "no_payment_required",
    );
    expect(Object.keys(stripe.control.snapshot().charges)).toEqual([]);
  },
);

it("a trial without a card begins", async () => {
  const stripe = standInStripe();
  const { id, url } = await open(stripe, {
    subscription_data: {
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
    },
    payment_method_collection: "if_required",
  });
  expect((await stripe.pay(url, { number: "" })).status).toBe(303);
  expect(await subscriptionOf(stripe, id)).toMatchObject({
    status: "trialing",
    default_payment_method: null,
  });
});

it.each<[string, Partial<Stripe.Checkout.SessionCreateParams>, string]>([
  ["data of a subscription in payment mode", { mode: "payment" }, "subscription_data"],
  ["only what is sold once", { line_items: [{ price_data: ONCE, quantity: 1 }] }, "line_items"],
  ["intent data", { payment_intent_data: { description: "x" } }, "payment_intent_data"],
  [
    "two intervals",
    {
      line_items: [
        { price_data: MONTHLY, quantity: 1 },
        { price_data: { ...ONCE, recurring: { interval: "year" } }, quantity: 1 },
      ],
    },
    "line_items",
  ],
])("%s is refused", async (_, change, param) => {
  await expect(open(standInStripe(), change)).rejects.toMatchObject({ statusCode: 400, param });
});

it("a recurring price is not sold in payment mode", async () => {
  const { client } = standInStripe();
  const line_items = [{ price_data: MONTHLY, quantity: 1 }];
  const refused = client.checkout.sessions.create({
    mode: "payment",
    line_items,
    success_url: "http://shop.test/done",
  });
  await expect(refused).rejects.toMatchObject({
    statusCode: 400,
    param: "line_items[0][price_data][recurring]",
  });
});

it("a one-time item is on the subscription's first invoice only", async () => {
  const stripe = standInStripe();
  const { id, url } = await open(stripe, {
    line_items: [
      { price_data: MONTHLY, quantity: 1 },
      { price_data: { ...ONCE, unit_amount: 500, product_data: { name: "Setup" } }, quantity: 1 },
    ],
  });
  await stripe.pay(url);
  const subscription = await subscriptionOf(stripe, id);
  expect(subscription.items.data).toHaveLength(1);
  expect(subscription.latest_invoice).toMatchObject({ amount_paid: 2000 });
  stripe.control.advance(32 * 86_400);
  const { data } = await stripe.client.invoices.list({ subscription: subscription.id });
  expect(data.map((invoice) => invoice.amount_paid)).toEqual([1500, 2000]);
});
