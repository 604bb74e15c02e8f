import { expect, it } from "vitest";
import { standInStripe } from "../support/stripe.ts";

it("a card is created from a test token, attached, listed, and detached for good", async () => {
  const stripe = standInStripe();
  const { client } = stripe;
  const customer = await client.customers.create({ email: "a@b.co" });
  const made = await client.paymentMethods.create({
    type: "card",
    card: { token: "tok_mastercard" },
    billing_details: { name: "Ada" },
  });
  expect(made).toMatchObject({
    customer: null,
    card: { brand: "mastercard", last4: "4444" },
    billing_details: { name: "Ada" },
  });
  const attached = await client.paymentMethods.attach(made.id, { customer: customer.id });
  expect(attached).toMatchObject({ id: made.id, customer: customer.id });
  const visa = await client.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const ids = async () =>
    (await client.customers.listPaymentMethods(customer.id)).data.map((method) => method.id);
  expect(await ids()).toEqual([visa.id, made.id]);
  expect(
    (await client.paymentMethods.list({ customer: customer.id, type: "card" })).data,
  ).toHaveLength(2);

  await expect(client.paymentMethods.detach(made.id)).resolves.toMatchObject({ customer: null });
  expect(await ids()).toEqual([visa.id]);
  await expect(client.paymentMethods.attach(made.id, { customer: customer.id })).rejects.toThrow(
    "may not be used again",
  );
  await expect(client.paymentMethods.detach(made.id)).rejects.toThrow("not attached");
  expect(
    stripe.control
      .events()
      .map((event) => event.type)
      .filter((type) => type.startsWith("payment_method.")),
  ).toEqual(["payment_method.attached", "payment_method.attached", "payment_method.detached"]);
});

it("one customer's payment method cannot be used by another", async () => {
  const { client } = standInStripe();
  const [one, two] = [await client.customers.create({}), await client.customers.create({})];
  const { id } = await client.paymentMethods.attach("pm_card_visa", { customer: one.id });
  await expect(client.paymentMethods.attach(id, { customer: two.id })).rejects.toThrow(
    "already been attached",
  );
  await expect(
    client.customers.update(two.id, { invoice_settings: { default_payment_method: id } }),
  ).rejects.toMatchObject({
    code: "resource_missing",
    param: "invoice_settings[default_payment_method]",
  });
  await expect(
    client.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: two.id,
      payment_method: id,
    }),
  ).rejects.toMatchObject({ code: "resource_missing", param: "payment_method" });
});

it("a card that the bank declines cannot be saved; one is declined only when charged", async () => {
  const { client } = standInStripe();
  const customer = await client.customers.create({});
  await expect(
    client.paymentMethods.attach("pm_card_chargeDeclined", { customer: customer.id }),
  ).rejects.toMatchObject({
    statusCode: 402,
    code: "card_declined",
  });
  const saved = await client.paymentMethods.attach("pm_card_chargeCustomerFail", {
    customer: customer.id,
  });
  await expect(
    client.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: customer.id,
      payment_method: saved.id,
      confirm: true,
      off_session: true,
    }),
  ).rejects.toMatchObject({ code: "card_declined" });
});

it("a default pays invoices until it is detached", async () => {
  const { client } = standInStripe();
  const customer = await client.customers.create({});
  const { id } = await client.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const updated = await client.customers.update(customer.id, {
    invoice_settings: { default_payment_method: id },
    expand: ["invoice_settings.default_payment_method"],
  });
  expect(updated.invoice_settings.default_payment_method).toMatchObject({
    id,
    card: { last4: "4242" },
  });
  await client.paymentMethods.detach(id);
  const after = await client.customers.retrieve(customer.id);
  expect(after).toMatchObject({ invoice_settings: { default_payment_method: null } });
});

it("a card that paid on the page is saved only if the session asked for that", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({ email: "a@b.co" });
  const buy = async (payment_intent_data: { setup_future_usage?: "off_session" }) => {
    const session = await stripe.client.checkout.sessions.create({
      mode: "payment",
      customer: customer.id,
      line_items: [
        {
          price_data: { currency: "usd", unit_amount: 999, product_data: { name: "It" } },
          quantity: 1,
        },
      ],
      success_url: "http://shop.test/",
      payment_intent_data,
    });
    await stripe.pay(session.url ?? "");
    return (await stripe.client.customers.listPaymentMethods(customer.id)).data.length;
  };
  expect(await buy({})).toBe(0);
  expect(await buy({ setup_future_usage: "off_session" })).toBe(1);
});

it("a setup intent saves a card without charging it", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({});
  const setup = await stripe.client.setupIntents.create({
    customer: customer.id,
    usage: "off_session",
  });
  const back = { return_url: "http://shop.test/" };
  await expect(
    stripe.client.setupIntents.confirm(setup.id, {
      payment_method: "pm_card_chargeDeclined",
      ...back,
    }),
  ).rejects.toMatchObject({
    code: "card_declined",
    setup_intent: { status: "requires_payment_method" },
  });
  const done = await stripe.client.setupIntents.confirm(setup.id, {
    payment_method: "pm_card_visa",
    ...back,
  });
  expect(done.status).toBe("succeeded");
  expect(
    (await stripe.client.customers.listPaymentMethods(customer.id)).data.map((method) => method.id),
  ).toEqual([done.payment_method]);
  expect(Object.keys(stripe.control.snapshot().charges)).toHaveLength(0);
});
