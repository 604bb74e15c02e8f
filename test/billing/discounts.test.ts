import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { HOUR_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { createSubscriptionPlans } from "../support/subscriber.ts";

beforeAll(loadShopCatalog);

const AN_HOUR_AGO = Math.floor((Date.now() - HOUR_MS) / 1000);

type CouponTerms = Parameters<TestStripe["client"]["coupons"]["create"]>[0];
type CodeTerms = Omit<
  Parameters<TestStripe["client"]["promotionCodes"]["create"]>[0],
  "promotion" | "code"
>;

/** Creates a promotion code at Stripe. */
async function offerCode(
  stripe: TestStripe,
  code: string,
  coupon: CouponTerms,
  terms: CodeTerms = {},
) {
  const { id } = await stripe.client.coupons.create({ duration: "once", ...coupon });
  return await stripe.client.promotionCodes.create({
    promotion: { type: "coupon", coupon: id },
    code,
    ...terms,
  });
}

async function buy(
  stripe: TestStripe,
  user: TestUser,
  body: { planId: string } & Record<string, unknown>,
) {
  const { url } = await openCheckout(user.token, body);
  expect((await stripe.pay(url)).status).toBe(303);
  await stripe.control.deliver();
}

const orderOf = async (user: TestUser) =>
  (await (await call("GET", "/api/orders", { token: user.token })).json<{ data: object[] }>())
    .data[0];

describe("a promotion code", () => {
  it("makes a purchase cheaper, in any case, and the order has the paid amount", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await offerCode(stripe, "SPRING20", { percent_off: 20 });
    await buy(stripe, user, { planId: "t-pack", promotionCode: " spring20 " });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
    expect(await orderOf(user)).toMatchObject({
      amountMinor: 999,
      paidMinor: 799,
      refundedMinor: 0,
    });
  });

  it("of the whole price delivers the purchase without a payment", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await offerCode(stripe, "GIFT", { percent_off: 100 });
    await buy(stripe, user, { planId: "t-level2", promotionCode: "GIFT" });
    const { planId, entitledPlanId, ...state } = await readUserState(user);
    expect(state).toMatchObject({
      creditBalance: 10,
      orders: [{ status: "completed" }],
      sessions: [{ status: "succeeded" }],
    });
    expect(planId).toBe(entitledPlanId);
    expect(await orderOf(user)).toMatchObject({ amountMinor: 3000, paidMinor: 0 });
  });

  it("takes a fixed amount off in its own currency, with no decimals or three too", async () => {
    const stripe = standInStripe();
    const currency_options = { jpy: { amount_off: 500 }, kwd: { amount_off: 1000 } };
    await offerCode(stripe, "OFF", { amount_off: 100, currency: "usd", currency_options });
    for (const [currency, amountMinor, paidMinor] of [
      ["usd", 999, 899],
      ["jpy", 1500, 1000],
      ["kwd", 3070, 2070],
    ] as const) {
      const user = await signUp();
      await buy(stripe, user, { planId: "t-pack", currency, promotionCode: "OFF" });
      expect(await orderOf(user)).toMatchObject({
        currency,
        amountMinor,
        paidMinor,
        status: "completed",
      });
      expect((await readUserState(user)).creditBalance).toBe(100);
    }
  });

  it.each<[string, string, CodeTerms, CouponTerms]>([
    ["is not known", "NOBODYS", {}, { percent_off: 20 }],
    ["is not active", "SPRING20", { active: false }, { percent_off: 20 }],
    [
      "needs a larger purchase",
      "SPRING20",
      { restrictions: { minimum_amount: 5000, minimum_amount_currency: "usd" } },
      { percent_off: 20 },
    ],
    ["is for another currency", "SPRING20", {}, { amount_off: 100, currency: "eur" }],
    [
      "is for another product",
      "SPRING20",
      {},
      { percent_off: 20, applies_to: { products: ["prod_other"] } },
    ],
  ])(
    "that %s is refused by name, and nothing is left open",
    async (_what, typed, terms, coupon) => {
      const [stripe, user] = [standInStripe(), await signUp()];
      if (coupon?.applies_to !== undefined)
        await stripe.client.products.create({ id: "prod_other", name: "Other" });
      await offerCode(stripe, "SPRING20", coupon, terms);
      const body = { planId: "t-pack", promotionCode: typed };
      const refused = await call("POST", "/api/checkout", { token: user.token, body });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { code: "invalid_request", param: "promotionCode" },
      });
      const { orders } = await readUserState(user);
      expect(orders.filter(({ status }) => status === "pending")).toEqual([]);
    },
  );

  it.each<[string, CodeTerms, { uses?: number }, RegExp]>([
    ["expired", { expires_at: AN_HOUR_AGO }, {}, /expired/],
    ["was used up", { max_redemptions: 1 }, { uses: 1 }, /fully redeemed/],
    ["was taken back", { active: false }, {}, /can no longer be used/],
    [
      "needs a larger purchase",
      { restrictions: { minimum_amount: 5000, minimum_amount_currency: "usd" } },
      {},
      /larger purchase/,
    ],
  ])("that %s says so, whatever is bought", async (_what, terms, { uses }, words) => {
    // A Stripe of two hours ago, until the code was made and used.
    const stripe = standInStripe({ nowMs: () => Date.now() - 2 * HOUR_MS });
    await offerCode(stripe, "ONCE", { percent_off: 20 }, terms);
    for (let use = 0; use < (uses ?? 0); use += 1)
      await buy(stripe, await signUp(), { planId: "t-pack", promotionCode: "ONCE" });
    stripe.control.advance(2 * 3600);
    const { pro } = await createSubscriptionPlans();
    const user = await signUp();
    for (const [path, body] of [
      ["/api/checkout", { planId: "t-pack" }],
      ["/api/checkout", { planId: pro }],
      ["/api/payments/subscriptions", { planId: pro, paymentMethodId: "pm_card_visa" }],
    ] as const) {
      const refused = await call("POST", path, {
        token: user.token,
        body: { ...body, promotionCode: "ONCE" },
      });
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: { param: "promotionCode", message: expect.stringMatching(words) } },
      ]);
    }
  });

  it("for a first purchase is refused to whoever has bought, whatever became of it", async () => {
    const stripe = standInStripe();
    const restrictions = { first_time_transaction: true };
    await offerCode(stripe, "WELCOME", { percent_off: 20 }, { restrictions });
    const user = await signUp();
    await buy(stripe, user, { planId: "t-pack", promotionCode: "WELCOME" });
    expect(await orderOf(user)).toMatchObject({ paidMinor: 799 });
    const body = { planId: "t-pack", promotionCode: "WELCOME" };
    const refused = await call("POST", "/api/checkout", { token: user.token, body });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { param: "promotionCode", message: expect.stringMatching(/first purchase/) } },
    ]);
    // Another buyer's code of the same text is still active.
    expect((await openCheckout((await signUp()).token, body)).url).toMatch(/^http/);
  });

  it("that is active is preferred to one of the same text that is not", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await offerCode(stripe, "AGAIN", { percent_off: 50 });
    await stripe.client.promotionCodes.update(id, { active: false });
    await offerCode(stripe, "AGAIN", { percent_off: 20 });
    await buy(stripe, user, { planId: "t-pack", promotionCode: "AGAIN" });
    expect(await orderOf(user)).toMatchObject({ paidMinor: 799 });
  });

  it("that is the buyer's own comes before others of the same text", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    // The first page makes the buyer's customer.
    await openCheckout(user.token, { planId: "t-pack" });
    const [own] = (await stripe.client.customers.list({ email: user.email })).data;
    await offerCode(stripe, "MINE", { percent_off: 50 }, { customer: own?.id ?? "" });
    const { id: friend } = await stripe.client.customers.create({ email: "friend@example.com" });
    await offerCode(stripe, "MINE", { percent_off: 20 }, { customer: friend });
    await buy(stripe, user, { planId: "t-pack", promotionCode: "MINE" });
    expect(await orderOf(user)).toMatchObject({ paidMinor: 499 });
  });

  it("of another customer is refused by name", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await stripe.client.customers.create({ email: "friend@example.com" });
    await offerCode(stripe, "FRIEND", { percent_off: 20 }, { customer: id });
    const body = { planId: "t-pack", promotionCode: "FRIEND" };
    const refused = await call("POST", "/api/checkout", { token: user.token, body });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      {
        error: expect.objectContaining({
          param: "promotionCode",
          message: expect.stringMatching(/apply to this purchase/),
        }),
      },
    ]);
  });
});

it("nobody subscribes untaxed, without Stripe's page, where taxes are on", async () => {
  standInStripe();
  const [user, { pro }] = [await signUp(), await createSubscriptionPlans()];
  const taxing = Object.create(env, { STRIPE_AUTOMATIC_TAX: { value: "true", enumerable: true } });
  const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
  const body = JSON.stringify({ planId: pro, paymentMethodId: "pm_card_visa" });
  const request = new Request("http://farebox.test/api/payments/subscriptions", {
    method: "POST",
    headers,
    body,
  });
  const answer = await app.fetch(request, taxing, createExecutionContext());
  expect([answer.status, await answer.json()]).toMatchObject([
    409,
    { error: { code: "conflict", message: expect.stringMatching(/POST \/api\/checkout/) } },
  ]);
});

it("Stripe adds taxes by the buyer's address where the operator turned them on", async () => {
  const [stripe, user] = [standInStripe(), await signUp()];
  const taxing = Object.create(env, { STRIPE_AUTOMATIC_TAX: { value: "true", enumerable: true } });
  const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
  const request = new Request("http://farebox.test/api/checkout", {
    method: "POST",
    headers,
    body: JSON.stringify({ planId: "t-pack" }),
  });
  const answer = await app.fetch(request, taxing, createExecutionContext());
  expect(answer.status).toBe(200);
  const { url, sessionId } = await answer.json<{ url: string; sessionId: string }>();
  expect((await stripe.client.checkout.sessions.retrieve(sessionId)).automatic_tax).toMatchObject({
    enabled: true,
  });
  await stripe.pay(url);
  await stripe.control.deliver();
  expect(await readUserState(user)).toMatchObject({ creditBalance: 100 });
  const { sessionId: untaxed } = await openCheckout((await signUp()).token, { planId: "t-pack" });
  expect((await stripe.client.checkout.sessions.retrieve(untaxed)).automatic_tax).toMatchObject({
    enabled: false,
  });
});
