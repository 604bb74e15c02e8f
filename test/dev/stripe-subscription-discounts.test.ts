import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { DAY_SECONDS, standInStripe, type TestStripe } from "../support/stripe.ts";

const ITEMIZED = { type: "flexible", flexible: { proration_discounts: "itemized" } } as const;

async function createShop(stripe: TestStripe) {
  const monthly = (name: string, unit_amount: number) =>
    stripe.client.prices.create({
      currency: "usd",
      unit_amount,
      recurring: { interval: "month" },
      product_data: { name },
    });
  const customer = await stripe.client.customers.create({ email: "a@b.co" });
  const { id: card } = await stripe.client.paymentMethods.attach("pm_card_visa", {
    customer: customer.id,
  });
  await stripe.client.customers.update(customer.id, {
    invoice_settings: { default_payment_method: card },
  });
  return {
    customer: customer.id,
    pro: (await monthly("Pro", 2000)).id,
    max: (await monthly("Max", 5000)).id,
  };
}
async function subscribe(
  stripe: TestStripe,
  coupon: Stripe.CouponCreateParams,
  more: Partial<Stripe.SubscriptionCreateParams> = {},
) {
  const shop = await createShop(stripe);
  const { id } = await stripe.client.coupons.create(coupon);
  const subscription = await stripe.client.subscriptions.create({
    customer: shop.customer,
    items: [{ price: shop.pro }],
    discounts: [{ coupon: id }],
    billing_mode: ITEMIZED,
    ...more,
  });
  return { ...shop, coupon: id, subscription };
}
/** Lists the amounts due of all invoices, oldest first. */
const listAmountsDue = async (stripe: TestStripe, customer: string) =>
  (await stripe.client.invoices.list({ customer })).data
    .toReversed()
    .map((invoice) => invoice.amount_due);
async function advanceMonths(stripe: TestStripe, count: number) {
  for (let month = 0; month < count; month += 1) {
    stripe.control.advance(31 * DAY_SECONDS);
    stripe.control.advance(2 * 3600);
  }
}

it("a promotion code on the page lowers the first invoice, line by line", async () => {
  const stripe = standInStripe();
  const { customer, pro } = await createShop(stripe);
  const { id: coupon } = await stripe.client.coupons.create({ percent_off: 25, duration: "once" });
  const promo = await stripe.client.promotionCodes.create({
    promotion: { type: "coupon", coupon },
  });
  const session = await stripe.client.checkout.sessions.create({
    mode: "subscription",
    customer,
    line_items: [{ price: pro, quantity: 1 }],
    discounts: [{ promotion_code: promo.id }],
    success_url: "http://shop.test/",
  });
  expect([session.amount_subtotal, session.amount_total]).toEqual([2000, 1500]);
  expect((await stripe.pay(session.url ?? "")).status).toBe(303);
  const [invoice] = (await stripe.client.invoices.list({ customer })).data;
  expect(invoice).toMatchObject({
    status: "paid",
    subtotal: 2000,
    total: 1500,
    amount_paid: 1500,
    total_discount_amounts: [{ amount: 500 }],
    lines: { data: [{ amount: 2000, discount_amounts: [{ amount: 500 }] }] },
  });
  expect((await stripe.client.promotionCodes.retrieve(promo.id)).times_redeemed).toBe(1);
});

it("a coupon counts once, for some months, or for ever", async () => {
  for (const [coupon, expected] of [
    [{ percent_off: 50, duration: "once" }, [1000, 2000, 2000, 2000]],
    [{ percent_off: 50, duration: "repeating", duration_in_months: 2 }, [1000, 1000, 2000, 2000]],
    [{ amount_off: 300, currency: "usd", duration: "forever" }, [1700, 1700, 1700, 1700]],
  ] as const) {
    const stripe = standInStripe();
    const { customer } = await subscribe(stripe, coupon);
    await advanceMonths(stripe, 3);
    expect(await listAmountsDue(stripe, customer)).toEqual(expected);
  }
});

it("a coupon with duration once waits for the end of a trial, then is removed", async () => {
  const stripe = standInStripe();
  const { customer, subscription } = await subscribe(
    stripe,
    { percent_off: 50, duration: "once" },
    { trial_period_days: 7 },
  );
  expect(subscription.discounts).toHaveLength(1);
  stripe.control.advance(7 * DAY_SECONDS + 2 * 3600);
  expect(await listAmountsDue(stripe, customer)).toEqual([0, 1000]);
  expect((await stripe.client.subscriptions.retrieve(subscription.id)).discounts).toEqual([]);
});

it("time that was paid at half price is credited at half price", async () => {
  const stripe = standInStripe();
  const { customer, subscription, max } = await subscribe(stripe, {
    percent_off: 50,
    duration: "once",
  });
  const [item] = subscription.items.data;
  await stripe.client.subscriptions.update(subscription.id, {
    items: [{ id: item?.id ?? "", price: max }],
    proration_behavior: "always_invoice",
  });
  const [invoice] = (await stripe.client.invoices.list({ customer })).data;
  expect(invoice).toMatchObject({
    subtotal: 3000,
    total: 4000,
    total_discount_amounts: [{ amount: -1000 }],
  });
});

it("a preview does not use up a discount", async () => {
  const stripe = standInStripe();
  const { subscription, customer } = await subscribe(
    stripe,
    { percent_off: 50, duration: "once" },
    { trial_period_days: 7 },
  );
  const preview = () =>
    stripe.client.invoices.createPreview({ customer, subscription: subscription.id });
  expect([(await preview()).total, (await preview()).total]).toEqual([1000, 1000]);
});

it("prorating a fixed discount is refused as not modelled", async () => {
  const stripe = standInStripe();
  const { subscription, max } = await subscribe(stripe, {
    amount_off: 300,
    currency: "usd",
    duration: "forever",
  });
  const [item] = subscription.items.data;
  const changed = stripe.client.subscriptions.update(subscription.id, {
    items: [{ id: item?.id ?? "", price: max }],
    proration_behavior: "always_invoice",
  });
  await expect(changed).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining("prorates a discounted"),
  });
  expect(
    (await stripe.client.subscriptions.retrieve(subscription.id)).items.data[0]?.price.unit_amount,
  ).toBe(2000);
});
