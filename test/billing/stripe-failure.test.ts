import { expect, it } from "vitest";
import {
  describeError,
  isMissingAtStripe,
  toStripeFailure,
} from "../../src/billing/stripe/stripe-failure.ts";

const stripe = (statusCode: number | undefined, more: object = {}) => ({
  message: "Words for the operator",
  statusCode,
  ...more,
});

it.each([
  ["no connection", stripe(undefined)],
  ["a failure at Stripe", stripe(500)],
  ["Stripe being unavailable", stripe(503)],
  ["too many requests", stripe(429, { code: "rate_limit" })],
  ["a request that collides with another", stripe(409, { code: "lock_timeout" })],
  ["no answer at all", new TypeError("null is not an object")],
  ["a thrown string", "boom"],
])("%s is 'billing unavailable', without details", (_case, error) => {
  expect(toStripeFailure(error)).toMatchObject({
    code: "billing_unavailable",
    message: expect.not.stringContaining("Words"),
  });
});

it("a subscription that was changed too often is told so", () => {
  const message = "You can't create more than 20 invoices for a subscription in a day.";
  expect(toStripeFailure(stripe(429, { code: "rate_limit", message }))).toMatchObject({
    code: "billing_unavailable",
    message: expect.stringMatching(/changed too often.*20 a day/),
  });
});

it("a declined card has Stripe's words, and Stripe's code", () => {
  expect(
    toStripeFailure(stripe(402, { code: "card_declined", message: "Your card was declined." })),
  ).toEqual({
    code: "card_declined",
    message: "Your card was declined.",
    param: "card_declined",
  });
});

it.each(["authentication_required", "subscription_payment_intent_requires_action"])(
  "a payment that its bank wants confirmed says so: %s",
  (code) => {
    expect(toStripeFailure(stripe(402, { code, message: "words" }))).toMatchObject({
      code: "card_declined",
      param: "authentication_required",
    });
  },
);

it("any other refusal has Stripe's code, and not its words", () => {
  expect(toStripeFailure(stripe(400, { code: "resource_missing" }))).toEqual({
    code: "stripe_refused",
    message: "Stripe declined this request (resource_missing). You weren't charged.",
    param: "resource_missing",
  });
});

it("an object that Stripe does not have is told from any other refusal", () => {
  const failureOf = (code: string) => toStripeFailure(stripe(400, { code }));
  expect(isMissingAtStripe(failureOf("resource_missing"))).toBe(true);
  expect(isMissingAtStripe(failureOf("amount_too_small"))).toBe(false);
  expect(isMissingAtStripe(toStripeFailure(stripe(500)))).toBe(false);
});

it.each([401, 403])(
  "I12: a key that Stripe does not accept (%i) names the setting, never the key",
  (status) => {
    const failure = toStripeFailure(
      stripe(status, { message: "Invalid API Key provided: sk_test_****ocal" }),
    );
    expect(failure).toMatchObject({ code: "misconfigured", param: "STRIPE_SECRET_KEY" });
    expect(failure.message).not.toContain("sk_");
  },
);

it("I12: the stored words of an error hold no secret", () => {
  const error = new Error(
    "Invalid key sk_test_51abc, webhook whsec_s3cret, restricted rk_live_****1234.",
  );
  expect(describeError(error)).toBe("Error: Invalid key sk_…, webhook whsec_…, restricted rk_….");
  expect(describeError(new Error("x".repeat(2000)))).toHaveLength(500);
});
