import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

const openSession = (
  stripe: TestStripe,
  change: Partial<Stripe.Checkout.SessionCreateParams> = {},
) =>
  stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 1000, product_data: { name: "Starter" } },
        quantity: 2,
      },
    ],
    success_url: "http://shop.test/done",
    ...change,
  });
async function createCode(
  stripe: TestStripe,
  coupon: Stripe.CouponCreateParams,
  more: Partial<Stripe.PromotionCodeCreateParams> = {},
): Promise<Stripe.PromotionCode> {
  const { id } = await stripe.client.coupons.create(coupon);
  return await stripe.client.promotionCodes.create({
    promotion: { type: "coupon", coupon: id },
    ...more,
  });
}
const readIntent = async (stripe: TestStripe, id: string) => {
  const session = await stripe.client.checkout.sessions.retrieve(id, {
    expand: ["payment_intent"],
  });
  if (typeof session.payment_intent !== "object" || session.payment_intent === null)
    throw new Error("no payment intent");
  return session.payment_intent;
};

it("a session opened with a promotion code costs less, and the rest is paid", async () => {
  const stripe = standInStripe();
  const promo = await createCode(stripe, { percent_off: 25 }, { code: "Spring25" });
  const session = await openSession(stripe, { discounts: [{ promotion_code: promo.id }] });
  expect(session).toMatchObject({
    amount_subtotal: 2000,
    amount_total: 1500,
    total_details: { amount_discount: 500, amount_tax: 0 },
    discounts: [{ promotion_code: promo.id }],
  });
  await stripe.pay(session.url ?? "");
  expect((await readIntent(stripe, session.id)).amount_received).toBe(1500);
  const [item] = (await stripe.client.checkout.sessions.listLineItems(session.id)).data;
  expect(item).toMatchObject({ amount_subtotal: 2000, amount_discount: 500, amount_total: 1500 });
  expect((await stripe.client.promotionCodes.retrieve(promo.id)).times_redeemed).toBe(1);
});

it("the page accepts a code in any case, and refuses an unknown one", async () => {
  const stripe = standInStripe();
  await createCode(stripe, { amount_off: 300, currency: "usd" }, { code: "Three" });
  const session = await openSession(stripe, { allow_promotion_codes: true });
  expect((await stripe.pay(session.url ?? "", { promotion_code: "Four" })).status).toBe(400);
  const declined = await stripe.pay(session.url ?? "", { number: "4000 0000 0000 0002" });
  expect(declined.status).toBe(402);
  expect((await stripe.pay(session.url ?? "", { promotion_code: "THREE" })).status).toBe(303);
  expect(await readIntent(stripe, session.id)).toMatchObject({
    amount: 1700,
    amount_received: 1700,
  });
});

it("a discount of 100% needs no card", async () => {
  const stripe = standInStripe();
  const free = await stripe.client.coupons.create({ percent_off: 100 });
  const session = await openSession(stripe, { discounts: [{ coupon: free.id }] });
  expect(session).toMatchObject({ amount_total: 0, payment_status: "no_payment_required" });
  expect((await stripe.pay(session.url ?? "", { number: "" })).status).toBe(303);
  expect((await stripe.client.checkout.sessions.retrieve(session.id)).status).toBe("complete");
});

it("a discount that leaves too little to charge is refused", async () => {
  const stripe = standInStripe();
  const { id } = await stripe.client.coupons.create({ amount_off: 1970, currency: "usd" });
  await expect(openSession(stripe, { discounts: [{ coupon: id }] })).rejects.toMatchObject({
    code: "amount_too_small",
  });
});

it("a code works as often as it says, until it expires or is deactivated", async () => {
  const stripe = standInStripe();
  const once = await createCode(stripe, { percent_off: 10 }, { max_redemptions: 1 });
  const soon = await createCode(
    stripe,
    { percent_off: 10 },
    { expires_at: Math.floor(Date.now() / 1000) + 3600 },
  );
  const deactivated = await createCode(stripe, { percent_off: 10 });
  const using = (promo: Stripe.PromotionCode) =>
    openSession(stripe, { discounts: [{ promotion_code: promo.id }] });
  await stripe.pay((await using(once)).url ?? "");
  await expect(using(once)).rejects.toThrow("cannot be redeemed");
  await using(soon);
  stripe.control.advance(3601);
  await expect(using(soon)).rejects.toThrow("cannot be redeemed");
  await stripe.client.promotionCodes.update(deactivated.id, { active: false });
  await expect(using(deactivated)).rejects.toMatchObject({
    statusCode: 400,
    param: "discounts[0][promotion_code]",
  });
});

it("restrictions hold: minimum amount, one customer, first purchase, currency", async () => {
  const stripe = standInStripe();
  const [ada, bob] = [
    await stripe.client.customers.create({}),
    await stripe.client.customers.create({}),
  ];
  const dear = await createCode(
    stripe,
    { percent_off: 10 },
    { restrictions: { minimum_amount: 2001, minimum_amount_currency: "usd" } },
  );
  const adas = await createCode(stripe, { percent_off: 10 }, { customer: ada.id });
  const first = await createCode(
    stripe,
    { percent_off: 10 },
    { restrictions: { first_time_transaction: true } },
  );
  const euros = await createCode(stripe, { amount_off: 100, currency: "eur" });
  const using = (promo: Stripe.PromotionCode, customer?: string) =>
    openSession(stripe, {
      discounts: [{ promotion_code: promo.id }],
      ...(customer === undefined ? {} : { customer }),
    });
  await expect(using(dear)).rejects.toThrow("minimum amount of $20.01");
  await expect(using(adas, bob.id)).rejects.toThrow("another customer");
  await expect(using(adas, ada.id)).resolves.toMatchObject({ amount_total: 1800 });
  await stripe.pay((await using(first, bob.id)).url ?? "");
  await expect(using(first, bob.id)).rejects.toThrow("prior transactions");
  await expect(using(euros)).rejects.toThrow("only supports `eur`");
});

it("a coupon for some products discounts no others", async () => {
  const stripe = standInStripe();
  const [one, two] = [
    await stripe.client.products.create({ name: "A" }),
    await stripe.client.products.create({ name: "B" }),
  ];
  const { id } = await stripe.client.coupons.create({
    percent_off: 50,
    applies_to: { products: [one.id] },
  });
  const item = (product: string) => ({
    price_data: { currency: "usd", unit_amount: 1000, product },
    quantity: 1,
  });
  const session = await openSession(stripe, {
    line_items: [item(one.id), item(two.id)],
    discounts: [{ coupon: id }],
  });
  expect([session.amount_subtotal, session.amount_total]).toEqual([2000, 1500]);
  await expect(
    openSession(stripe, { line_items: [item(two.id)], discounts: [{ coupon: id }] }),
  ).rejects.toThrow("applies to nothing");
});

it("coupons and codes are validated, listed, changed and deleted", async () => {
  const { client } = standInStripe();
  await expect(client.coupons.create({})).rejects.toThrow("exactly one");
  await expect(client.coupons.create({ percent_off: 101 })).rejects.toMatchObject({
    param: "percent_off",
  });
  await expect(client.coupons.create({ amount_off: 5 })).rejects.toMatchObject({
    param: "currency",
  });
  await expect(client.coupons.create({ percent_off: 5, duration: "repeating" })).rejects.toThrow(
    "duration_in_months",
  );
  const coupon = await client.coupons.create({
    id: "FIVE",
    percent_off: 5,
    name: "Five",
    metadata: { a: "1" },
  });
  expect(coupon).toMatchObject({ id: "FIVE", duration: "once", valid: true, times_redeemed: 0 });
  await expect(client.coupons.create({ id: "FIVE", percent_off: 6 })).rejects.toMatchObject({
    code: "resource_already_exists",
  });
  const promotion = { type: "coupon", coupon: "FIVE" } as const;
  const promo = await client.promotionCodes.create({ promotion, code: "five" });
  await expect(client.promotionCodes.create({ promotion, code: "FIVE" })).rejects.toThrow(
    "already exists",
  );
  const found = await client.promotionCodes.list({
    code: "FIVE",
    active: true,
    expand: ["data.promotion.coupon"],
  });
  expect(found.data).toMatchObject([
    { id: promo.id, promotion: { coupon: { id: "FIVE", percent_off: 5 } } },
  ]);
  await client.coupons.del("FIVE");
  expect((await client.promotionCodes.retrieve(promo.id)).active).toBe(false);
  await expect(client.coupons.retrieve("FIVE")).rejects.toMatchObject({ statusCode: 404 });
});

it("a code is no wider than its coupon", async () => {
  const { client } = standInStripe();
  const soon = Math.floor(Date.now() / 1000) + 3600;
  const terms = { percent_off: 10, max_redemptions: 2, redeem_by: soon } as const;
  const promotion = { type: "coupon", coupon: (await client.coupons.create(terms)).id } as const;
  await expect(
    client.promotionCodes.create({ promotion, max_redemptions: 3 }),
  ).rejects.toMatchObject({ statusCode: 400, param: "max_redemptions" });
  await expect(
    client.promotionCodes.create({ promotion, expires_at: soon + 1 }),
  ).rejects.toMatchObject({ statusCode: 400, param: "expires_at" });
  await client.promotionCodes.create({ promotion, max_redemptions: 2, expires_at: soon });
});

it.each(["open", "void"])(
  "a customer with an invoice that is %s has bought before",
  async (status) => {
    const stripe = standInStripe();
    const { client } = stripe;
    const { id: coupon } = await client.coupons.create({ percent_off: 10 });
    const { id: promotion_code } = await client.promotionCodes.create({
      promotion: { type: "coupon", coupon },
      restrictions: { first_time_transaction: true },
    });
    const { id: customer } = await client.customers.create({});
    const { id: price } = await client.prices.create({
      currency: "usd",
      unit_amount: 1000,
      recurring: { interval: "month" },
      product_data: { name: "Plan" },
    });
    const begin = (discounts: { promotion_code: string }[] = []) =>
      client.subscriptions.create({
        customer,
        items: [{ price }],
        payment_behavior: "default_incomplete",
        discounts,
      });
    const { latest_invoice: invoice } = await begin();
    if (status === "void") await client.invoices.voidInvoice(idOf(invoice));
    await expect(begin([{ promotion_code }])).rejects.toThrow("prior transactions");
  },
);
