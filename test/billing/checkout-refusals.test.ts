import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey, signUp } from "../support/sign-up.ts";

beforeAll(loadShopCatalog);

const refusal = async (response: Response) => {
  const { error } = await response.json<{
    error: { code: string; param: string | null; message: string };
  }>();
  return { status: response.status, ...error };
};

async function refusedFor(body: unknown) {
  const { token } = await signUp();
  return await refusal(await call("POST", "/api/checkout", { token, body }));
}

describe("an invalid checkout", () => {
  it.each<[string, unknown, string]>([
    ["without a plan", {}, "planId"],
    ["of an empty plan id", { planId: "" }, "planId"],
    ["of a plan id that is not a string", { planId: 1 }, "planId"],
    ["with an unknown field", { planId: "t-pack", amountMinor: 1 }, "amountMinor"],
    ["of quantity 0", { planId: "t-pack", quantity: 0 }, "quantity"],
    ["of a negative quantity", { planId: "t-pack", quantity: -1 }, "quantity"],
    ["of a fraction", { planId: "t-pack", quantity: 1.5 }, "quantity"],
    ["of more than 100", { planId: "t-pack", quantity: 101 }, "quantity"],
    ["of a quantity that is a string", { planId: "t-pack", quantity: "2" }, "quantity"],
    ["of more credits than can be counted", { planId: "t-huge", quantity: 100 }, "quantity"],
    ["of an unknown currency", { planId: "t-pack", currency: "dollars" }, "currency"],
    ["of a currency in which it is not sold", { planId: "t-pack", currency: "chf" }, "currency"],
    ["of an interval for a one-time plan", { planId: "t-pack", interval: "month" }, "interval"],
    ["of an unknown interval", { planId: "t-pack", interval: "fortnight" }, "interval"],
    ["of the free plan", { planId: "free" }, "planId"],
    ["of a plan that is agreed by hand", { planId: "t-custom" }, "planId"],
    [
      "of two of a subscription that gives no credits",
      { planId: "t-pro", quantity: 2 },
      "quantity",
    ],
    ["of a plan that includes nothing", { planId: "t-empty" }, "planId"],
    ["of a plan without a price", { planId: "t-unpriced" }, "planId"],
    ["of a plan that is no longer sold", { planId: "t-retired" }, "planId"],
    ["of two of a plan that can be had once", { planId: "t-level1", quantity: 2 }, "quantity"],
    [
      "that returns to another origin",
      { planId: "t-pack", successUrl: "https://evil.test/" },
      "successUrl",
    ],
    [
      "that cancels to another origin",
      { planId: "t-pack", cancelUrl: "http://shop.test.evil.test/" },
      "cancelUrl",
    ],
  ])("%s is 400, naming the field", async (_name, body, param) => {
    expect(await refusedFor(body)).toMatchObject({ status: 400, code: "invalid_request", param });
  });

  it("of a plan that does not exist is 404", async () => {
    expect(await refusedFor({ planId: "pln_nope" })).toMatchObject({
      status: 404,
      code: "not_found",
      param: "planId",
    });
  });

  it("of malformed JSON is 400, and of no JSON 415", async () => {
    const { token } = await signUp();
    expect(await refusal(await call("POST", "/api/checkout", { token, body: "{" }))).toMatchObject({
      status: 400,
      code: "invalid_request",
    });
    const text = await call("POST", "/api/checkout", {
      token,
      body: "planId=t-pack",
      headers: { "content-type": "text/plain" },
    });
    expect(await refusal(text)).toMatchObject({ status: 415, code: "unsupported_media_type" });
  });

  it("without a caller is 401, and by a key that may only read 403", async () => {
    expect((await call("POST", "/api/checkout", { body: { planId: "t-pack" } })).status).toBe(401);
    const key = await createKey(await signUp(), { scopes: ["read"] });
    expect(
      await refusal(
        await call("POST", "/api/checkout", { token: key, body: { planId: "t-pack" } }),
      ),
    ).toMatchObject({
      status: 403,
      code: "missing_scope",
    });
  });
});

const stubStripeError = (status: number, error: object) =>
  fakeNetwork.standIn("stripe.test", () =>
    Response.json({ error }, { status, headers: { "stripe-should-retry": "false" } }),
  );

describe("when Stripe does not create the page", () => {
  it.each<[number, object, object]>([
    [
      500,
      { type: "api_error", message: "secret words" },
      { status: 503, code: "billing_unavailable" },
    ],
    [
      429,
      { type: "invalid_request_error", code: "rate_limit", message: "secret words" },
      { status: 503, code: "billing_unavailable" },
    ],
    [
      409,
      { type: "invalid_request_error", code: "lock_timeout", message: "secret words" },
      { status: 503, code: "billing_unavailable" },
    ],
    [
      400,
      { type: "invalid_request_error", code: "resource_missing", message: "secret words" },
      { status: 422, code: "stripe_refused", param: "resource_missing" },
    ],
    [
      402,
      { type: "card_error", code: "card_declined", message: "Your card was declined." },
      { status: 422, code: "card_declined", param: "card_declined" },
    ],
    [
      401,
      { type: "invalid_request_error", message: "secret words" },
      { status: 503, code: "misconfigured", param: "STRIPE_SECRET_KEY" },
    ],
  ])(
    "because it answers %i, the buyer gets the reason, and the order fails with it",
    async (status, error, expected) => {
      const { token } = await signUp();
      stubStripeError(status, error);
      const refused = await refusal(
        await call("POST", "/api/checkout", { token, body: { planId: "t-pack" } }),
      );
      expect(refused).toMatchObject(expected);
      expect(refused.message).not.toContain("secret words");
      const { data: orders } = await (await call("GET", "/api/orders", { token })).json<{
        data: unknown[];
      }>();
      expect(orders).toEqual([
        expect.objectContaining({ status: "failed", failureReason: refused.message }),
      ]);
      const { data: sessions } = await (await call("GET", "/api/stripe-sessions", { token })).json<{
        data: unknown[];
      }>();
      expect(sessions).toEqual([
        expect.objectContaining({ status: "failed", stripeId: null, url: null }),
      ]);
    },
  );

  it("because it is down, it is called again, always under one idempotency key", async () => {
    const { token } = await signUp();
    const keys: (string | null)[] = [];
    fakeNetwork.standIn("stripe.test", (request) => {
      keys.push(request.headers.get("idempotency-key"));
      throw new TypeError("connection refused");
    });
    const refused = await refusal(
      await call("POST", "/api/checkout", { token, body: { planId: "t-pack" } }),
    );
    expect(refused).toMatchObject({ status: 503, code: "billing_unavailable" });
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });

  it("because something else than Stripe answers, the buyer gets the reason", async () => {
    const { token } = await signUp();
    for (const answer of ["<html>", "null", "[]", "{}"]) {
      fakeNetwork.standIn(
        "stripe.test",
        () => new Response(answer, { headers: { "content-type": "application/json" } }),
      );
      const refused = await refusal(
        await call("POST", "/api/checkout", { token, body: { planId: "t-pack" } }),
      );
      expect(refused).toMatchObject({ status: 503, code: "billing_unavailable" });
    }
  });
});
