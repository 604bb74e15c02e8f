import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import { passesLuhn, readCard } from "../../dev/stripe/checkout/cards.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

async function open(stripe: TestStripe, change: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Starter" } },
        quantity: 2,
      },
    ],
    success_url: "http://shop.test/done",
    cancel_url: "http://shop.test/?canceled=true",
    ...change,
  });
  return { url: session.url ?? "", session };
}

it.each([
  ["one digit off", { number: "4242 4242 4242 4241" }, "number is invalid"],
  ["not a test card", { number: "4111 1111 1111 1111" }, "not a test card"],
  ["no number", { number: "card" }, "number is invalid"],
  ["expired", { expiry: "01 / 20" }, "expiration date is in the past"],
  ["in month 13", { expiry: "13 / 50" }, "expiration date is invalid"],
  ["with a short code", { cvc: "12" }, "security code is invalid"],
  ["of nobody", { email: "me" }, "email is invalid"],
  ["with a code that nobody made", { promotion_code: "HALF" }, "This code is invalid"],
])("a card that is %s is refused before it is charged", async (_, typed, message) => {
  const stripe = standInStripe();
  const { url } = await open(stripe, { allow_promotion_codes: true });
  const refused = await stripe.pay(url, typed);
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(message)]);
  const { charges, paymentIntents } = stripe.control.snapshot();
  expect([charges, paymentIntents]).toEqual([{}, {}]);
});

it.each([
  ["usd", 999, "$9.99"],
  ["jpy", 500, "¥500"],
  ["kwd", 1250, "KWD\u00a01.250"],
  ["isk", 50_000, "ISK\u00a0500.00"],
])("the page shows %s with the currency's own digits", async (currency, unit_amount, shown) => {
  const stripe = standInStripe();
  const line_items = [
    { price_data: { currency, unit_amount, product_data: { name: "It" } }, quantity: 1 },
  ];
  const { url } = await open(stripe, { line_items });
  expect(await (await stripe.open(url)).text()).toContain(shown);
});

it("text of the shop and of the payer is escaped", async () => {
  const stripe = standInStripe();
  const name = '<script>alert("x")</script>';
  const line_items = [
    { price_data: { currency: "usd", unit_amount: 100, product_data: { name } }, quantity: 1 },
  ];
  const { url } = await open(stripe, { line_items, cancel_url: 'http://shop.test/?"><script>' });
  const answers = [await stripe.open(url), await stripe.pay(url, { email: `"><script>`, name })];
  for (const answer of answers) {
    const page = await answer.text();
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
  }
});

it("the page links back to the shop, and an unknown session has no page", async () => {
  const stripe = standInStripe();
  const { url } = await open(stripe);
  expect(await (await stripe.open(url)).text()).toContain('href="http://shop.test/?canceled=true"');
  expect((await stripe.open("http://stripe.test/c/pay/cs_test_none")).status).toBe(404);
});

it("only the payment methods that a session allows are offered and accepted", async () => {
  const stripe = standInStripe();
  const { url, session } = await open(stripe, { allowed_payment_method_types: ["card"] });
  expect(session.payment_method_types).toEqual(["card"]);
  expect(await (await stripe.open(url)).text()).not.toContain("us_bank_account");
  expect((await stripe.pay(url, { method: "us_bank_account" })).status).toBe(400);
});

it("Luhn's digit detects a mistyped number", () => {
  expect(["4242424242424242", "378282246310005", "4242424242424241", "0"].map(passesLuhn)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("a card is valid until the end of its month", () => {
  const typed = { number: "4242424242424242", cvc: "123", expiry: "11/26" };
  expect(readCard(typed, Date.UTC(2026, 10, 30, 23, 59))).toMatchObject({
    last4: "4242",
    expMonth: 11,
    expYear: 2026,
  });
  expect(readCard(typed, Date.UTC(2026, 11, 1))).toMatchObject({ field: "expiry" });
});
