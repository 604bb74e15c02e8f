import { expect, it } from "vitest";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

const types = (stripe: TestStripe) => stripe.control.events().map((event) => event.type);
const money = { amount: 1000, currency: "usd" } as const;
const returnUrl = { return_url: "http://shop.test/back" };

it("an intent is created, given a card, and paid when it is confirmed", async () => {
  const stripe = standInStripe();
  const intent = await stripe.client.paymentIntents.create({
    ...money,
    metadata: { order: "ord_1" },
  });
  expect(intent).toMatchObject({
    status: "requires_payment_method",
    automatic_payment_methods: { enabled: true },
  });
  await expect(stripe.client.paymentIntents.confirm(intent.id, returnUrl)).rejects.toMatchObject({
    code: "payment_intent_unexpected_state",
  });
  await expect(
    stripe.client.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" }),
  ).rejects.toThrow("return_url");
  const paid = await stripe.client.paymentIntents.confirm(intent.id, {
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
  for (const repeated of [
    stripe.client.paymentIntents.confirm(intent.id),
    stripe.client.paymentIntents.cancel(intent.id),
  ]) {
    await expect(repeated).rejects.toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
      payment_intent: { id: intent.id, status: "succeeded" },
    });
  }
});

it("a declined card is a 402; its failed charge is stored, and another card may pay", async () => {
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

it("the same idempotency key repeats the decline, and charges once", async () => {
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

it("a card that needs authentication redirects to the bank's page, and back", async () => {
  const stripe = standInStripe();
  const createChallenged = () =>
    stripe.client.paymentIntents.create({
      ...money,
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
      ...returnUrl,
    });
  const challenged = await createChallenged();
  expect(challenged.status).toBe("requires_action");
  const url = challenged.next_action?.redirect_to_url?.url ?? "";
  expect((await stripe.open(url)).status).toBe(200);
  const response = await stripe.authenticate(url.replace(/\/authenticate$/, ""), "complete");
  expect([response.status, response.headers.get("location")]).toEqual([
    303,
    expect.stringMatching(
      new RegExp(
        `^http://shop.test/back\\?payment_intent=${challenged.id}&.*redirect_status=succeeded$`,
      ),
    ),
  ]);
  expect((await stripe.client.paymentIntents.retrieve(challenged.id)).status).toBe("succeeded");

  const failed = await createChallenged();
  expect(stripe.control.authenticateIntent(failed.id, "fail")).toBe(true);
  expect(await stripe.client.paymentIntents.retrieve(failed.id)).toMatchObject({
    status: "requires_payment_method",
    last_payment_error: { code: "payment_intent_authentication_failure" },
  });
  expect(stripe.control.authenticateIntent(failed.id, "complete")).toBe(false);
});

it("off session, a card that needs authentication is declined", async () => {
  const stripe = standInStripe();
  const customer = await stripe.client.customers.create({});
  const method = await stripe.client.paymentMethods.attach("pm_card_authenticationRequired", {
    customer: customer.id,
  });
  const offSessionParams = { ...money, customer: customer.id, confirm: true, off_session: true };
  await expect(
    stripe.client.paymentIntents.create({ ...offSessionParams, payment_method: method.id }),
  ).rejects.toMatchObject({
    code: "authentication_required",
  });
  const setUpMethod = await stripe.client.paymentMethods.attach(
    "pm_card_authenticationRequiredOnSetup",
    {
      customer: customer.id,
    },
  );
  await expect(
    stripe.client.paymentIntents.create({ ...offSessionParams, payment_method: setUpMethod.id }),
  ).resolves.toMatchObject({
    status: "succeeded",
  });
});

it("a card is saved for its customer on request, and spent otherwise", async () => {
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
  const saved = await pay("pm_card_visa", { setup_future_usage: "off_session" });
  const methods = await stripe.client.customers.listPaymentMethods(customer.id);
  expect(methods.data.map((method) => method.id)).toEqual([saved.payment_method]);
  await expect(pay(idOf(saved.payment_method), {})).resolves.toMatchObject({ status: "succeeded" });

  const spent = await pay("pm_card_mastercard", {});
  await expect(pay(idOf(spent.payment_method), {})).rejects.toThrow("It may not be used again");
  expect((await stripe.client.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
});

it("a bank debit takes days, and then succeeds or fails", async () => {
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

it("an unpaid intent can be changed, listed and canceled; a canceled one is final", async () => {
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

it("amounts that cannot be charged and unknown customers are refused", async () => {
  const { client } = standInStripe();
  const expectRefusal = (
    params: { amount: number; currency: string; customer?: string },
    error: object,
  ) =>
    expect(client.paymentIntents.create(params)).rejects.toMatchObject({
      statusCode: 400,
      ...error,
    });
  await expectRefusal(
    { amount: 49, currency: "usd" },
    { code: "amount_too_small", message: "Amount must be at least $0.50 usd" },
  );
  await expectRefusal({ amount: 100_000_000, currency: "usd" }, { code: "amount_too_large" });
  await expectRefusal(
    { ...money, customer: "cus_none" },
    { code: "resource_missing", param: "customer" },
  );
});

it("only the session can pay and end the intent of an open checkout session", async () => {
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
