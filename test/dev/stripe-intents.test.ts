import { expect, it } from "vitest";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

const types = (stripe: TestStripe) => stripe.control.events().map((event) => event.type);
const money = { amount: 1000, currency: "usd" } as const;
const returnUrl = { return_url: "http://shop.test/back" };

it("an intent is made, given a card, and pays when it is confirmed", async () => {
  const stripe = standInStripe();
  const made = await stripe.client.paymentIntents.create({
    ...money,
    metadata: { order: "ord_1" },
  });
  expect(made).toMatchObject({
    status: "requires_payment_method",
    automatic_payment_methods: { enabled: true },
  });
  await expect(stripe.client.paymentIntents.confirm(made.id, returnUrl)).rejects.toMatchObject({
    code: "payment_intent_unexpected_state",
  });
  await expect(
    stripe.client.paymentIntents.confirm(made.id, { payment_method: "pm_card_visa" }),
  ).rejects.toThrow("return_url");
  const paid = await stripe.client.paymentIntents.confirm(made.id, {
    payment_method: "pm_card_visa",
    ...returnUrl,
  });
  expect(paid).toMatchObject({
    status: "succeeded",
    amount_received: 1000,
    metadata: { order: "ord_1" },
  });
  expect(types(stripe)).toEqual([
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
  ]);
  for (const again of [
    stripe.client.paymentIntents.confirm(made.id),
    stripe.client.paymentIntents.cancel(made.id),
  ]) {
    await expect(again).rejects.toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
      payment_intent: { id: made.id, status: "succeeded" },
    });
  }
});

it("a declined card is 402 with the bank's reason; the failed charge is kept, and another card may pay", async () => {
  const stripe = standInStripe();
  const { id } = await stripe.client.paymentIntents.create(money);
  const declined = stripe.client.paymentIntents.confirm(id, {
    payment_method: "pm_card_chargeDeclinedInsufficientFunds",
    ...returnUrl,
  });
  await expect(declined).rejects.toMatchObject({
    type: "StripeCardError",
    statusCode: 402,
    code: "card_declined",
    decline_code: "insufficient_funds",
    payment_intent: {
      id,
      status: "requires_payment_method",
      last_payment_error: { decline_code: "insufficient_funds" },
    },
    charge: expect.stringMatching(/^ch_/),
  });
  expect(types(stripe).slice(1)).toEqual(["charge.failed", "payment_intent.payment_failed"]);
  const paid = await stripe.client.paymentIntents.confirm(id, {
    payment_method: "pm_card_visa",
    ...returnUrl,
  });
  expect([paid.status, paid.last_payment_error]).toEqual(["succeeded", null]);
  expect(
    (await stripe.client.charges.list({ payment_intent: id })).data.map((charge) => charge.status),
  ).toEqual(["succeeded", "failed"]);
});

it("the same idempotency key gives the same decline again, and charges once", async () => {
  const stripe = standInStripe();
  const attempt = () =>
    stripe.client.paymentIntents.create(
      { ...money, payment_method: "pm_card_chargeDeclined", confirm: true, ...returnUrl },
      { idempotencyKey: "k1" },
    );
  await expect(attempt()).rejects.toMatchObject({ code: "card_declined" });
  await expect(attempt()).rejects.toMatchObject({ code: "card_declined" });
  expect(Object.keys(stripe.control.snapshot().charges)).toHaveLength(1);
});

it("a card that asks for authentication sends its holder to the bank's page, and back", async () => {
  const stripe = standInStripe();
  const begin = () =>
    stripe.client.paymentIntents.create({
      ...money,
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
      ...returnUrl,
    });
  const asked = await begin();
  expect(asked.status).toBe("requires_action");
  const url = asked.next_action?.redirect_to_url?.url ?? "";
  expect((await stripe.open(url)).status).toBe(200);
  const back = await stripe.authenticate(url.replace(/\/authenticate$/, ""), "complete");
  expect([back.status, back.headers.get("location")]).toEqual([
    303,
    expect.stringMatching(
      new RegExp(
        `^http://shop.test/back\\?payment_intent=${asked.id}&.*redirect_status=succeeded$`,
      ),
    ),
  ]);
  expect((await stripe.client.paymentIntents.retrieve(asked.id)).status).toBe("succeeded");

  const failed = await begin();
  expect(stripe.control.authenticateIntent(failed.id, "fail")).toBe(true);
  expect(await stripe.client.paymentIntents.retrieve(failed.id)).toMatchObject({
    status: "requires_payment_method",
    last_payment_error: { code: "payment_intent_authentication_failure" },
  });
  expect(stripe.control.authenticateIntent(failed.id, "complete")).toBe(false);
});

it("while the holder is away, who would have to be asked is declined", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({});
  const method = await stripe.client.paymentMethods.attach("pm_card_authenticationRequired", {
    customer: customer.id,
  });
  const away = { ...money, customer: customer.id, confirm: true, off_session: true };
  await expect(
    stripe.client.paymentIntents.create({ ...away, payment_method: method.id }),
  ).rejects.toMatchObject({
    code: "authentication_required",
  });
  const known = await stripe.client.paymentMethods.attach("pm_card_authenticationRequiredOnSetup", {
    customer: customer.id,
  });
  await expect(
    stripe.client.paymentIntents.create({ ...away, payment_method: known.id }),
  ).resolves.toMatchObject({
    status: "succeeded",
  });
});

it("a card is kept for its customer when that is asked for, and used up otherwise", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({});
  const pay = (payment_method: string, more: object) =>
    stripe.client.paymentIntents.create({
      ...money,
      customer: customer.id,
      payment_method,
      confirm: true,
      ...returnUrl,
      ...more,
    });
  const kept = await pay("pm_card_visa", { setup_future_usage: "off_session" });
  const listed = await stripe.client.customers.listPaymentMethods(customer.id);
  expect(listed.data.map((method) => method.id)).toEqual([kept.payment_method]);
  await expect(pay(idOf(kept.payment_method), {})).resolves.toMatchObject({ status: "succeeded" });

  const once = await pay("pm_card_mastercard", {});
  await expect(pay(idOf(once.payment_method), {})).rejects.toThrow("It may not be used again");
  expect((await stripe.client.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
});

it("a bank debit takes days, and then pays or does not", async () => {
  const stripe = standInStripe();
  const bank = await stripe.client.paymentMethods.create({
    type: "us_bank_account",
    us_bank_account: {
      account_holder_type: "individual",
      account_number: "000123456789",
      routing_number: "110000000",
    },
  });
  const { id, status } = await stripe.client.paymentIntents.create({
    ...money,
    payment_method: bank.id,
    confirm: true,
    ...returnUrl,
  });
  expect(status).toBe("processing");
  await expect(stripe.client.paymentIntents.cancel(id)).rejects.toMatchObject({
    code: "payment_intent_unexpected_state",
  });
  expect(stripe.control.completeIntentDebit(id, "failed")).toBe(true);
  expect(await stripe.client.paymentIntents.retrieve(id)).toMatchObject({
    status: "requires_payment_method",
  });
  expect(types(stripe).slice(1)).toEqual([
    "charge.pending",
    "payment_intent.processing",
    "charge.failed",
    "payment_intent.payment_failed",
  ]);
});

it("an intent that was not paid can be changed, listed and canceled; a canceled one is over", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({});
  const { id } = await stripe.client.paymentIntents.create({ ...money, customer: customer.id });
  const changed = await stripe.client.paymentIntents.update(id, {
    amount: 2000,
    metadata: { a: "1" },
  });
  expect(changed).toMatchObject({ amount: 2000, metadata: { a: "1" } });
  expect(
    (await stripe.client.paymentIntents.list({ customer: customer.id })).data.map(
      (intent) => intent.id,
    ),
  ).toEqual([id]);
  const canceled = await stripe.client.paymentIntents.cancel(id, {
    cancellation_reason: "abandoned",
  });
  expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
  await expect(stripe.client.paymentIntents.update(id, { amount: 1 })).rejects.toMatchObject({
    code: "payment_intent_unexpected_state",
  });
  expect(types(stripe).at(-1)).toBe("payment_intent.canceled");
});

it("what cannot be charged is refused, and so is an unknown customer", async () => {
  const { client } = standInStripe();
  const refused = (
    params: { amount: number; currency: string; customer?: string },
    error: object,
  ) =>
    expect(client.paymentIntents.create(params)).rejects.toMatchObject({
      statusCode: 400,
      ...error,
    });
  await refused(
    { amount: 49, currency: "usd" },
    { code: "amount_too_small", message: "Amount must be at least $0.50 usd" },
  );
  await refused({ amount: 100_000_000, currency: "usd" }, { code: "amount_too_large" });
  await refused(
    { ...money, customer: "cus_none" },
    { code: "resource_missing", param: "customer" },
  );
});

it("the intent of an open checkout session is the session's to pay and to end", async () => {
  const stripe = standInStripe();
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 1000, product_data: { name: "It" } },
        quantity: 1,
      },
    ],
    success_url: "http://shop.test/",
  });
  await stripe.pay(session.url ?? "", { number: "4000 0000 0000 0002" });
  const { payment_intent } = await stripe.client.checkout.sessions.retrieve(session.id);
  await expect(stripe.client.paymentIntents.cancel(idOf(payment_intent))).rejects.toThrow(
    session.id,
  );
});
