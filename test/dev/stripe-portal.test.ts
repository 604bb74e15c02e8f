import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { idOf, type SubscribeOptions, standInStripe } from "../support/stripe.ts";

const RETURN_URL = "http://shop.test/account";
type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features;
type FlowData = Stripe.BillingPortal.SessionCreateParams.FlowData;

const ALL_FEATURES = {
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true },
  subscription_cancel: { enabled: true, mode: "at_period_end" },
} as const;
const ALL_CHANGES = {
  enabled: true,
  default_allowed_updates: ["price", "quantity"],
  proration_behavior: "always_invoice",
} as const satisfies Partial<Features["subscription_update"]>;

async function subscribeToBasic(options: SubscribeOptions = {}) {
  const stripe = standInStripe({ nowMs: () => Date.parse("2026-04-01T00:00:00Z") });
  const { client } = stripe;
  const { id: product } = await client.products.create({ name: "Plan" });
  const createPrice = async (unit_amount: number) =>
    (
      await client.prices.create({
        product,
        currency: "usd",
        unit_amount,
        recurring: { interval: "month" },
      })
    ).id;
  const [basic, pro] = [await createPrice(3000), await createPrice(9000)];
  const subscription = await stripe.subscribe({ price: basic, ...options });
  const { id } = subscription;
  const customer = idOf(subscription.customer);
  const item = subscription.items.data[0]?.id ?? "";
  const { id: configuration } = await client.billingPortal.configurations.create({
    features: {
      ...ALL_FEATURES,
      subscription_update: { ...ALL_CHANGES, products: [{ product, prices: [basic, pro] }] },
    },
  });
  const openPortal = (flow_data?: FlowData, more: { configuration?: string } = {}) =>
    client.billingPortal.sessions.create({
      customer,
      configuration,
      ...more,
      return_url: RETURN_URL,
      ...(flow_data === undefined ? {} : { flow_data }),
    });
  const toPro: FlowData = {
    type: "subscription_update_confirm",
    subscription_update_confirm: { subscription: id, items: [{ id: item, price: pro }] },
    after_completion: { type: "redirect", redirect: { return_url: `${RETURN_URL}?changed` } },
  };
  return {
    stripe,
    client,
    product,
    configuration,
    basic,
    pro,
    id,
    item,
    customer,
    open: openPortal,
    toPro,
    readSubscription: () => client.subscriptions.retrieve(id),
  };
}

it("a change shows what is due today, is done when confirmed, and redirects", async () => {
  const { stripe, open: openPortal, toPro, readSubscription, pro } = await subscribeToBasic();
  stripe.control.advance(10 * 86_400);
  const { url } = await openPortal(toPro);
  const page = await (await stripe.open(url)).text();
  expect(page).toContain("$40.00");
  expect(page).toContain("Unused time on Plan after 11 Apr 2026");
  expect((await readSubscription()).items.data[0]?.price.id).not.toBe(pro);
  const confirmed = await stripe.portal(url, "confirm");
  expect([confirmed.status, confirmed.headers.get("location")]).toEqual([
    303,
    `${RETURN_URL}?changed`,
  ]);
  expect(await readSubscription()).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: pro } }] },
  });
});

it("without its payment the change is not done", async () => {
  const {
    stripe,
    open: openPortal,
    toPro,
    readSubscription,
    basic,
    customer,
  } = await subscribeToBasic();
  stripe.control.failPayments(customer);
  const { url } = await openPortal(toPro);
  expect((await stripe.portal(url, "confirm")).status).toBe(402);
  expect(await readSubscription()).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: basic } }] },
  });
});

it("a change ends a trial, and is paid", async () => {
  const {
    stripe,
    client,
    open: openPortal,
    toPro,
    readSubscription,
    customer,
  } = await subscribeToBasic({ trialDays: 14 });
  await stripe.portal((await openPortal(toPro)).url, "confirm");
  expect((await readSubscription()).status).toBe("active");
  expect((await client.charges.list({ customer })).data).toMatchObject([{ amount: 9000 }]);
});

it("the home page lists subscriptions and invoices, and can cancel and resume", async () => {
  const { stripe, open: openPortal, readSubscription } = await subscribeToBasic();
  const { url } = await openPortal();
  const page = await (await stripe.open(url)).text();
  for (const text of ["Plan, $30.00", "renews on 01 May 2026", "-0001", `href="${RETURN_URL}"`])
    expect(page).toContain(text);
  const subscription = (await readSubscription()).id;
  expect((await stripe.portal(url, "cancel", { subscription })).status).toBe(303);
  // As in the flexible billing mode of the real portal, only `cancel_at` is set.
  const end = (await readSubscription()).items.data[0]?.current_period_end;
  expect(await readSubscription()).toMatchObject({
    cancel_at: end,
    cancel_at_period_end: false,
    status: "active",
  });
  expect(await (await stripe.open(url)).text()).toContain("ends on 01 May 2026");
  await stripe.portal(url, "keep", { subscription });
  expect(await readSubscription()).toMatchObject({ cancel_at: null, canceled_at: null });
});

it("a cancel flow asks first, and does not offer to cancel twice", async () => {
  const { stripe, open: openPortal, readSubscription, id } = await subscribeToBasic();
  const flow: FlowData = { type: "subscription_cancel", subscription_cancel: { subscription: id } };
  const { url } = await openPortal(flow);
  expect(await (await stripe.open(url)).text()).toContain("Cancel your subscription?");
  expect((await readSubscription()).cancel_at).toBeNull();
  expect((await stripe.portal(url, "cancel")).status).toBe(200);
  expect((await readSubscription()).cancel_at).not.toBeNull();
  await expect(openPortal(flow)).rejects.toMatchObject({
    statusCode: 400,
    param: "flow_data[subscription_cancel][subscription]",
  });
});

it("flows to choose another plan and to change the card", async () => {
  const {
    stripe,
    client,
    open: openPortal,
    readSubscription,
    id,
    pro,
    customer,
  } = await subscribeToBasic();
  const { url } = await openPortal({
    type: "subscription_update",
    subscription_update: { subscription: id },
  });
  expect(await (await stripe.open(url)).text()).toContain(`value="${pro}"`);
  await stripe.portal(url, "update", { price: pro });
  expect((await readSubscription()).items.data[0]?.price.id).toBe(pro);

  const before = (await readSubscription()).default_payment_method;
  const cards = (await openPortal({ type: "payment_method_update" })).url;
  expect(
    (
      await stripe.portal(cards, "card", {
        number: "4000 0000 0000 0002",
        expiry: "12/50",
        cvc: "123",
      })
    ).status,
  ).toBe(402);
  await stripe.portal(cards, "card", {
    number: "5555 5555 5555 4444",
    expiry: "12/50",
    cvc: "123",
  });
  const after = await client.subscriptions.retrieve(id, { expand: ["default_payment_method"] });
  expect(after.default_payment_method).toMatchObject({ card: { brand: "mastercard" } });
  expect(before).not.toBe(after.default_payment_method);
  expect(await client.customers.retrieve(customer)).toMatchObject({
    invoice_settings: { default_payment_method: expect.any(String) },
  });
});

it("a page expires after an hour", async () => {
  const { stripe, open: openPortal } = await subscribeToBasic();
  const { url } = await openPortal();
  stripe.control.advance(3600);
  expect([(await stripe.open(url)).status, (await stripe.portal(url, "cancel")).status]).toEqual([
    410, 410,
  ]);
});

it("a flow needs the customer's own subscription, in a state that can change", async () => {
  const { stripe, client, configuration, ...opened } = await subscribeToBasic();
  const { open: openPortal, toPro, id, basic, item } = opened;
  const { id: customer } = await client.customers.create();
  await expect(
    client.billingPortal.sessions.create({ customer, configuration, flow_data: toPro }),
  ).rejects.toMatchObject({
    code: "resource_missing",
  });
  const unchanged: FlowData = {
    type: "subscription_update_confirm",
    subscription_update_confirm: { subscription: id, items: [{ id: item, price: basic }] },
  };
  await expect(openPortal(unchanged)).rejects.toMatchObject({ statusCode: 400 });
  const { id: otherSubscription } = await client.prices.create({
    currency: "usd",
    unit_amount: 1,
    recurring: { interval: "month" },
    product_data: { name: "Seat" },
  });
  await client.subscriptions.update(id, { items: [{ price: otherSubscription }] });
  await expect(openPortal(toPro)).rejects.toMatchObject({
    message: expect.stringContaining("multiple items"),
  });
  await client.subscriptions.cancel(id);
  await expect(openPortal(toPro)).rejects.toMatchObject({ statusCode: 400 });
  expect(
    stripe.control.events().some((event) => event.type === "billing_portal.session.created"),
  ).toBe(false);
});

it("a session needs a configuration, which is active", async () => {
  const { client, customer, configuration } = await subscribeToBasic();
  await expect(client.billingPortal.sessions.create({ customer })).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining("No configuration provided"),
  });
  await expect(
    client.billingPortal.sessions.create({ customer, configuration: "bpc_none" }),
  ).rejects.toMatchObject({ code: "resource_missing", param: "configuration" });
  await client.billingPortal.configurations.update(configuration, { active: false });
  await expect(
    client.billingPortal.sessions.create({ customer, configuration }),
  ).rejects.toMatchObject({ statusCode: 400, param: "configuration" });
  const { data } = await client.billingPortal.configurations.list({ active: true });
  expect(data).toEqual([]);
});

it("a page does nothing that its configuration has not", async () => {
  const {
    stripe,
    client,
    id,
    toPro,
    pro,
    open: openPortal,
    readSubscription,
  } = await subscribeToBasic();
  const { id: configuration } = await client.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  });
  const only = { configuration };
  for (const [flow, word] of [
    [toPro, "subscription update"],
    [{ type: "subscription_update", subscription_update: { subscription: id } }, "update"],
    [{ type: "subscription_cancel", subscription_cancel: { subscription: id } }, "cancel"],
    [{ type: "payment_method_update" }, "payment method"],
  ] as const)
    await expect(openPortal(flow, only)).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(word),
    });
  const { url } = await openPortal(undefined, only);
  const page = await (await stripe.open(url)).text();
  expect(page).not.toMatch(/Cancel subscription|Card number/);
  const typed = { number: "4242 4242 4242 4242", expiry: "12/50", cvc: "123" };
  for (const status of [
    (await stripe.portal(url, "cancel", { subscription: id })).status,
    (await stripe.portal(url, "update", { subscription: id, price: pro })).status,
    (await stripe.portal(url, "card", typed)).status,
  ])
    expect(status).toBe(402);
  expect(await readSubscription()).toMatchObject({ cancel_at: null, status: "active" });
});

it("a change is only to a price of the configuration", async () => {
  const { client, product, basic, toPro, open: openPortal } = await subscribeToBasic();
  const { id: configuration } = await client.billingPortal.configurations.create({
    features: { subscription_update: { ...ALL_CHANGES, products: [{ product, prices: [basic] }] } },
  });
  await expect(openPortal(toPro, { configuration })).rejects.toMatchObject({
    statusCode: 400,
    param: "flow_data[subscription_update_confirm][items][0][price]",
  });
});

it("a subscription ends at once where its configuration says so", async () => {
  const { stripe, client, id, open: openPortal, readSubscription } = await subscribeToBasic();
  const { id: configuration } = await client.billingPortal.configurations.create({
    features: { subscription_cancel: { enabled: true, mode: "immediately" } },
  });
  const { url } = await openPortal(undefined, { configuration });
  await stripe.portal(url, "cancel", { subscription: id });
  expect(await readSubscription()).toMatchObject({ status: "canceled" });
});

it.each<[string, Features]>([
  [
    "features[subscription_update][products]",
    { subscription_update: { enabled: true, default_allowed_updates: ["price"] } },
  ],
  [
    "features[subscription_update][default_allowed_updates]",
    {
      subscription_update: {
        enabled: true,
        products: [{ product: "prod_1", prices: ["price_1"] }],
      },
    },
  ],
  [
    "features[subscription_update][products][0][product]",
    {
      subscription_update: {
        ...ALL_CHANGES,
        products: [{ product: "prod_none", prices: ["price_1"] }],
      },
    },
  ],
  [
    "features[subscription_cancel][proration_behavior]",
    { subscription_cancel: { enabled: true, proration_behavior: "create_prorations" } },
  ],
  ["features[customer_update][allowed_updates]", { customer_update: { enabled: true } }],
])("a configuration without a right %s is refused", async (param, features) => {
  const { client } = standInStripe();
  await expect(client.billingPortal.configurations.create({ features })).rejects.toMatchObject({
    statusCode: 400,
    param,
  });
});
