import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

async function openSession(
  stripe: TestStripe,
  change: Partial<Stripe.Checkout.SessionCreateParams> = {},
) {
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Starter" } },
        quantity: 2,
      },
    ],
    success_url: "http://shop.test/done?session_id={CHECKOUT_SESSION_ID}&success=true",
    cancel_url: "http://shop.test/?canceled=true",
    client_reference_id: "usr_1",
    metadata: { order: "ord_1" },
    payment_intent_data: { metadata: { order: "ord_1" } },
    ...change,
  });
  return { id: session.id, url: session.url ?? "", session };
}
const types = (stripe: TestStripe) => stripe.control.events().map((event) => event.type);
const retrieve = (stripe: TestStripe, id: string) =>
  stripe.client.checkout.sessions.retrieve(id, {
    expand: ["payment_intent.latest_charge", "payment_intent.payment_method"],
  });
const expandedIntent = (session: Stripe.Checkout.Session): Stripe.PaymentIntent => {
  if (typeof session.payment_intent !== "object" || session.payment_intent === null)
    throw new Error("no payment intent");
  return session.payment_intent;
};

it("4242 pays: the payer is sent to success_url; session, intent and charge succeed", async () => {
  const stripe = standInStripe();
  const { id, url, session } = await openSession(stripe);
  expect(session).toMatchObject({
    status: "open",
    payment_status: "unpaid",
    payment_intent: null,
    amount_total: 1998,
  });

  const response = await stripe.pay(url, { name: "Ada" });
  expect([response.status, response.headers.get("location")]).toEqual([
    303,
    `http://shop.test/done?session_id=${id}&success=true`,
  ]);

  const after = await retrieve(stripe, id);
  expect(after).toMatchObject({
    status: "complete",
    payment_status: "paid",
    url: null,
    customer: null,
    client_reference_id: "usr_1",
    metadata: { order: "ord_1" },
    customer_details: { email: "buyer@example.com", name: "Ada" },
  });
  expect(expandedIntent(after)).toMatchObject({
    status: "succeeded",
    amount: 1998,
    amount_received: 1998,
    metadata: { order: "ord_1" },
    payment_method: {
      object: "payment_method",
      type: "card",
      card: { brand: "visa", last4: "4242" },
    },
    latest_charge: {
      paid: true,
      status: "succeeded",
      amount_captured: 1998,
      payment_method_details: { card: { last4: "4242" } },
    },
  });
  expect(types(stripe)).toEqual([
    "product.created",
    "price.created",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
  ]);
});

it("a second payment of the same session is refused", async () => {
  const stripe = standInStripe();
  const { url } = await openSession(stripe);
  await stripe.pay(url);
  const again = await stripe.pay(url);
  expect([again.status, await again.text()]).toEqual([
    409,
    expect.stringContaining("already paid"),
  ]);
  expect(Object.keys(stripe.control.snapshot().charges)).toHaveLength(1);
  expect((await stripe.open(url)).status).toBe(200);
});

it("4000 0000 0000 0002 is declined: the session stays open for another card", async () => {
  const stripe = standInStripe();
  const { id, url } = await openSession(stripe);
  const declined = await stripe.pay(url, {
    number: "4000 0000 0000 0002",
    email: "kept@example.com",
  });
  const page = await declined.text();
  expect([declined.status, page]).toEqual([
    402,
    expect.stringContaining("Your card was declined."),
  ]);
  expect(page).toContain('value="kept@example.com"');
  expect(page).not.toContain("0000 0002");

  const session = await retrieve(stripe, id);
  expect(session).toMatchObject({ status: "open", payment_status: "unpaid" });
  expect(expandedIntent(session)).toMatchObject({
    status: "requires_payment_method",
    amount_received: 0,
    last_payment_error: {
      type: "card_error",
      code: "card_declined",
      decline_code: "generic_decline",
    },
    latest_charge: { paid: false, status: "failed", failure_code: "card_declined" },
  });
  expect(types(stripe).slice(-3)).toEqual([
    "payment_intent.created",
    "charge.failed",
    "payment_intent.payment_failed",
  ]);

  expect((await stripe.pay(url)).status).toBe(303);
  const response = await retrieve(stripe, id);
  expect(expandedIntent(response)).toMatchObject({
    id: expandedIntent(session).id,
    status: "succeeded",
    last_payment_error: null,
  });
});

it("4000 0025 0000 3155 requires authentication, and pays after it", async () => {
  const stripe = standInStripe();
  const { id, url } = await openSession(stripe);
  const response = await stripe.pay(url, { number: "4000 0025 0000 3155" });
  expect([response.status, response.headers.get("location")]).toEqual([
    303,
    `/c/pay/${id}/authenticate`,
  ]);
  expect(expandedIntent(await retrieve(stripe, id))).toMatchObject({
    status: "requires_action",
    next_action: { type: "redirect_to_url" },
  });
  const page = await (await stripe.open(`${url}/authenticate`)).text();
  expect(page).toContain("Complete");
  expect(page).toContain("Fail");

  const done = await stripe.authenticate(url, "complete");
  expect(done.headers.get("location")).toContain(`session_id=${id}`);
  expect(await retrieve(stripe, id)).toMatchObject({ status: "complete", payment_status: "paid" });
  expect(types(stripe)).toContain("payment_intent.requires_action");
  // The question is asked only once.
  expect((await stripe.authenticate(url, "complete")).headers.get("location")).toBe(`/c/pay/${id}`);
  expect(Object.keys(stripe.control.snapshot().charges)).toHaveLength(1);
});

it("a failed authentication charges nothing and leaves the session open", async () => {
  const stripe = standInStripe();
  const { id, url } = await openSession(stripe);
  await stripe.pay(url, { number: "4000002500003155" });
  const failed = await stripe.authenticate(url, "fail");
  expect([failed.status, await failed.text()]).toEqual([
    402,
    expect.stringContaining("unable to authenticate"),
  ]);
  const session = await retrieve(stripe, id);
  expect(session).toMatchObject({ status: "open", payment_status: "unpaid" });
  expect(expandedIntent(session)).toMatchObject({
    latest_charge: null,
    last_payment_error: { code: "payment_intent_authentication_failure" },
  });
});

it.each(["succeeded", "failed"] as const)(
  "a bank debit completes unpaid, and one event tells that it %s",
  async (outcome) => {
    const stripe = standInStripe();
    const { id, url } = await openSession(stripe);
    expect((await stripe.pay(url, { method: "us_bank_account" })).status).toBe(303);
    const waiting = await retrieve(stripe, id);
    expect(waiting).toMatchObject({ status: "complete", payment_status: "unpaid" });
    expect(expandedIntent(waiting)).toMatchObject({
      status: "processing",
      latest_charge: { status: "pending", paid: false },
    });
    expect(types(stripe).at(-1)).toBe("checkout.session.completed");

    expect(stripe.control.completeDebit(id, outcome)).toBe(true);
    expect(stripe.control.completeDebit(id, outcome)).toBe(false);
    const settled = await retrieve(stripe, id);
    const won = outcome === "succeeded";
    expect(settled).toMatchObject({ status: "complete", payment_status: won ? "paid" : "unpaid" });
    expect(expandedIntent(settled)).toMatchObject({
      status: won ? "succeeded" : "requires_payment_method",
      latest_charge: { paid: won, status: outcome },
    });
    expect(
      types(stripe).filter((type) => type === `checkout.session.async_payment_${outcome}`),
    ).toHaveLength(1);
  },
);

it("a session expires after a day, or on demand, and is no longer paid", async () => {
  const stripe = standInStripe();
  const [first, second] = [await openSession(stripe), await openSession(stripe)];
  await stripe.pay(first.url, { number: "4000000000000002" });
  await expect(stripe.client.checkout.sessions.expire(second.id)).resolves.toMatchObject({
    status: "expired",
    url: null,
  });
  await expect(stripe.client.checkout.sessions.expire(second.id)).rejects.toMatchObject({
    statusCode: 400,
  });
  stripe.control.advance(86_399);
  expect(await retrieve(stripe, first.id)).toMatchObject({ status: "open" });
  stripe.control.advance(1);
  const expired = await retrieve(stripe, first.id);
  expect(expired).toMatchObject({ status: "expired", url: null, payment_status: "unpaid" });
  expect(expandedIntent(expired)).toMatchObject({ status: "canceled" });
  expect(types(stripe).filter((type) => type === "checkout.session.expired")).toHaveLength(2);
  const late = await stripe.pay(first.url);
  expect([late.status, await late.text()]).toEqual([410, expect.stringContaining("expired")]);
});

it("a session that costs nothing completes without a card", async () => {
  const stripe = standInStripe();
  const line_items = [
    {
      price_data: { currency: "usd", unit_amount: 0, product_data: { name: "Gift" } },
      quantity: 1,
    },
  ];
  const { id, url } = await openSession(stripe, { line_items });
  expect((await stripe.pay(url, { number: "" })).status).toBe(303);
  expect(await retrieve(stripe, id)).toMatchObject({
    status: "complete",
    payment_status: "no_payment_required",
    payment_intent: null,
  });
});

it("the session creates or keeps a customer as its parameters say", async () => {
  const stripe = standInStripe();
  const made = await openSession(stripe, { customer_creation: "always" });
  await stripe.pay(made.url);
  const after = await stripe.client.checkout.sessions.retrieve(made.id, { expand: ["customer"] });
  expect(after.customer).toMatchObject({ object: "customer", email: "buyer@example.com" });

  const customer = await stripe.client.customers.create({ email: "known@example.com" });
  const keptCustomer = await openSession(stripe, { customer: customer.id });
  expect(keptCustomer.session.customer_details).toMatchObject({ email: "known@example.com" });
  await stripe.pay(keptCustomer.url);
  expect(await retrieve(stripe, keptCustomer.id)).toMatchObject({
    customer: customer.id,
    customer_creation: null,
    payment_intent: { customer: customer.id, latest_charge: { customer: customer.id } },
  });
});

it("automatic tax is accepted and completes once the payer is known", async () => {
  const stripe = standInStripe();
  const { id, url, session } = await openSession(stripe, { automatic_tax: { enabled: true } });
  expect(session.automatic_tax).toMatchObject({
    enabled: true,
    status: "requires_location_inputs",
  });
  await stripe.pay(url);
  expect(await retrieve(stripe, id)).toMatchObject({
    automatic_tax: { enabled: true, status: "complete" },
  });
});
