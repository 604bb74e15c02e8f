import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { idOf, type SubscribeOptions, standInStripe } from "../support/stripe.ts";

const BACK = "http://shop.test/account";
type FlowData = Stripe.BillingPortal.SessionCreateParams.FlowData;

async function subscribed(options: SubscribeOptions = {}) {
  const stripe = standInStripe({ nowMs: () => Date.parse("2026-04-01T00:00:00Z") });
  const { client } = stripe;
  const { id: product } = await client.products.create({ name: "Plan" });
  const price = async (unit_amount: number) =>
    (
      await client.prices.create({
        product,
        currency: "usd",
        unit_amount,
        recurring: { interval: "month" },
      })
    ).id;
  const [basic, pro] = [await price(3000), await price(9000)];
  const subscription = await stripe.subscribe({ price: basic, ...options });
  const { id } = subscription;
  const customer = idOf(subscription.customer);
  const item = subscription.items.data[0]?.id ?? "";
  const open = (flow_data?: FlowData) =>
    client.billingPortal.sessions.create({
      customer,
      return_url: BACK,
      ...(flow_data === undefined ? {} : { flow_data }),
    });
  const toPro: FlowData = {
    type: "subscription_update_confirm",
    subscription_update_confirm: { subscription: id, items: [{ id: item, price: pro }] },
    after_completion: { type: "redirect", redirect: { return_url: `${BACK}?changed` } },
  };
  return {
    stripe,
    client,
    basic,
    pro,
    id,
    item,
    customer,
    open,
    toPro,
    now: () => client.subscriptions.retrieve(id),
  };
}

it("a change is shown with what is due today, done when it is confirmed, and leads back", async () => {
  const { stripe, open, toPro, now, pro } = await subscribed();
  stripe.control.advance(10 * 86_400);
  const { url } = await open(toPro);
  const page = await (await stripe.open(url)).text();
  expect(page).toContain("$40.00");
  expect(page).toContain("Unused time on Plan after 11 Apr 2026");
  expect((await now()).items.data[0]?.price.id).not.toBe(pro);
  const done = await stripe.portal(url, "confirm");
  expect([done.status, done.headers.get("location")]).toEqual([303, `${BACK}?changed`]);
  expect(await now()).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: pro } }] },
  });
});

it("without its money the change is not done", async () => {
  const { stripe, open, toPro, now, basic, customer } = await subscribed();
  stripe.control.failPayments(customer);
  const { url } = await open(toPro);
  expect((await stripe.portal(url, "confirm")).status).toBe(402);
  expect(await now()).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: basic } }] },
  });
});

it("a change ends a trial, and is paid", async () => {
  const { stripe, client, open, toPro, now, customer } = await subscribed({ trialDays: 14 });
  await stripe.portal((await open(toPro)).url, "confirm");
  expect((await now()).status).toBe("active");
  expect((await client.charges.list({ customer })).data).toMatchObject([{ amount: 9000 }]);
});

it("the front page shows subscriptions and invoices; there one cancels with the period, and takes it back", async () => {
  const { stripe, open, now } = await subscribed();
  const { url } = await open();
  const page = await (await stripe.open(url)).text();
  for (const text of ["Plan, $30.00", "renews on 01 May 2026", "-0001", `href="${BACK}"`])
    expect(page).toContain(text);
  const subscription = (await now()).id;
  expect((await stripe.portal(url, "cancel", { subscription })).status).toBe(303);
  // As in the flexible billing mode of the real portal: by `cancel_at` alone.
  const end = (await now()).items.data[0]?.current_period_end;
  expect(await now()).toMatchObject({
    cancel_at: end,
    cancel_at_period_end: false,
    status: "active",
  });
  expect(await (await stripe.open(url)).text()).toContain("ends on 01 May 2026");
  await stripe.portal(url, "keep", { subscription });
  expect(await now()).toMatchObject({ cancel_at: null, canceled_at: null });
});

it("a flow to cancel asks first, and what ends is not offered to end again", async () => {
  const { stripe, open, now, id } = await subscribed();
  const flow: FlowData = { type: "subscription_cancel", subscription_cancel: { subscription: id } };
  const { url } = await open(flow);
  expect(await (await stripe.open(url)).text()).toContain("Cancel your subscription?");
  expect((await now()).cancel_at).toBeNull();
  expect((await stripe.portal(url, "cancel")).status).toBe(200);
  expect((await now()).cancel_at).not.toBeNull();
  await expect(open(flow)).rejects.toMatchObject({
    statusCode: 400,
    param: "flow_data[subscription_cancel][subscription]",
  });
});

it("a flow to choose another plan, and one to change the card", async () => {
  const { stripe, client, open, now, id, pro, customer } = await subscribed();
  const { url } = await open({
    type: "subscription_update",
    subscription_update: { subscription: id },
  });
  expect(await (await stripe.open(url)).text()).toContain(`value="${pro}"`);
  await stripe.portal(url, "update", { price: pro });
  expect((await now()).items.data[0]?.price.id).toBe(pro);

  const before = (await now()).default_payment_method;
  const cards = (await open({ type: "payment_method_update" })).url;
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

it("a page is gone after an hour", async () => {
  const { stripe, open } = await subscribed();
  const { url } = await open();
  stripe.control.advance(3600);
  expect([(await stripe.open(url)).status, (await stripe.portal(url, "cancel")).status]).toEqual([
    410, 410,
  ]);
});

it("nobody opens a flow for another customer's subscription, nor for one that cannot change so", async () => {
  const { stripe, client, open, toPro, id, basic, item } = await subscribed();
  const { id: customer } = await client.customers.create();
  await expect(
    client.billingPortal.sessions.create({ customer, flow_data: toPro }),
  ).rejects.toMatchObject({
    code: "resource_missing",
  });
  const same: FlowData = {
    type: "subscription_update_confirm",
    subscription_update_confirm: { subscription: id, items: [{ id: item, price: basic }] },
  };
  await expect(open(same)).rejects.toMatchObject({ statusCode: 400 });
  const { id: other } = await client.prices.create({
    currency: "usd",
    unit_amount: 1,
    recurring: { interval: "month" },
    product_data: { name: "Seat" },
  });
  await client.subscriptions.update(id, { items: [{ price: other }] });
  await expect(open(toPro)).rejects.toMatchObject({
    message: expect.stringContaining("multiple items"),
  });
  await client.subscriptions.cancel(id);
  await expect(open(toPro)).rejects.toMatchObject({ statusCode: 400 });
  expect(
    stripe.control.events().some((event) => event.type === "billing_portal.session.created"),
  ).toBe(false);
});
