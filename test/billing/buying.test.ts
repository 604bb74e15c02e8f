import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { findPlan, linkPrice } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { BILLING_KEY, createKey, signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

async function pricedPlan(slug: string) {
  const plan = await findPlan(database(env.DB), slug);
  const price = plan?.prices[0];
  if (plan === undefined || price === undefined) throw new Error(`no plan ${slug}`);
  return { plan, price };
}

describe("buying a pack", () => {
  it("adds its credits once it is paid, and leaves the buyer's plan as it is", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const before = await readUserState(user);
    const opened = await openCheckout(user.token, { planId: "t-pack" });
    expect(opened).toEqual({
      url: expect.stringMatching(/^http:\/\/stripe\.test\//),
      sessionId: expect.stringMatching(/^cs_/),
      stripeSessionId: expect.stringMatching(/^css_/),
    });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      grants: [],
      orders: [{ status: "pending" }],
      sessions: [{ status: "pending" }],
    });

    const paid = await stripe.pay(opened.url);
    expect(paid.headers.get("location")).toBe(
      `http://farebox.test/success?session_id=${opened.sessionId}&success=true`,
    );
    expect((await readUserState(user)).creditBalance).toBe(0);
    await stripe.control.deliver();

    expect(await readUserState(user)).toEqual({
      ...before,
      creditBalance: 100,
      orders: [{ status: "completed", failureReason: null }],
      sessions: [{ status: "succeeded", ended: true }],
      grants: [{ reason: "Pack", credits: 100, expiresAt: null }],
    });
    const { plan } = await pricedPlan("t-pack");
    const session = await (
      await call("GET", `/api/stripe-sessions/stripe-id/${opened.sessionId}`, { token: user.token })
    ).json<{
      orderId: string;
    }>();
    expect(session).toMatchObject({
      id: opened.stripeSessionId,
      userId: user.userId,
      planId: plan.id,
      plan: { id: plan.id, name: "Pack", credits: 100 },
      stripeId: opened.sessionId,
      amount: "9.99",
      amountMinor: 999,
      currency: "usd",
      status: "succeeded",
      url: null,
    });
    const order = await call("GET", `/api/orders/${session.orderId}`, { token: user.token });
    expect(await order.json()).toMatchObject({
      id: session.orderId,
      credits: 100,
      quantity: 1,
      amount: "9.99",
      status: "completed",
    });
  });

  it("several times multiplies credits and price, in the requested currency", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const yen = await openCheckout(user.token, { planId: "t-pack", quantity: 3, currency: "JPY" });
    const dinar = await openCheckout(user.token, {
      planId: "t-pack",
      quantity: 2,
      currency: "kwd",
    });
    for (const { url } of [yen, dinar]) await stripe.pay(url);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 500,
      grants: [{ reason: "2 × Pack" }, { reason: "3 × Pack" }],
    });
    const amounts = await Promise.all(
      [yen, dinar].map(async ({ stripeSessionId }) => {
        const shown = await call("GET", `/api/stripe-sessions/${stripeSessionId}`, {
          token: user.token,
        });
        return (await shown.json<{ amount: string }>()).amount;
      }),
    );
    expect(amounts).toEqual(["4500", "6.140"]);
  });

  it("whose credits expire counts their days from the payment", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: "t-expiring" });
    await stripe.pay(url);
    const from = Date.now();
    await stripe.control.deliver();
    const [grant] = (await readUserState(user)).grants;
    expect(grant?.expiresAt).toBeGreaterThanOrEqual(from + 30 * DAY_MS);
    expect(grant?.expiresAt).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS);
  });

  it("with a price at Stripe uses that price", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { price } = await pricedPlan("max");
    const product = await stripe.client.products.create({ name: "Max" });
    const known = await stripe.client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: price.amountMinor,
    });
    await linkPrice(database(env.DB), price.id, { stripePriceId: known.id });
    const { url, sessionId } = await openCheckout(user.token, { planId: "max" });
    const items = await stripe.client.checkout.sessions.listLineItems(sessionId);
    expect(items.data[0]?.price?.id).toBe(known.id);
    await stripe.pay(url);
    await stripe.control.deliver();
    expect((await readUserState(user)).creditBalance).toBe(1300);
  });

  it("I6: fails while Stripe's price differs from ours, and its page is closed", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { price } = await pricedPlan("plus");
    const product = await stripe.client.products.create({ name: "Plus" });
    const changed = await stripe.client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: price.amountMinor + 1,
    });
    await linkPrice(database(env.DB), price.id, { stripePriceId: changed.id });
    const response = await call("POST", "/api/checkout", {
      token: user.token,
      body: { planId: "plus" },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: "billing_unavailable" } });
    expect(
      (await stripe.client.checkout.sessions.list()).data.map((session) => session.status),
    ).toEqual(["expired"]);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "failed" }],
      sessions: [{ status: "failed" }],
    });
  });

  it("names the order, the buyer and the plan in all of Stripe's objects", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url, sessionId, stripeSessionId } = await openCheckout(user.token, {
      planId: "t-pack",
    });
    await stripe.pay(url);
    const session = await stripe.client.checkout.sessions.retrieve(sessionId, {
      expand: ["payment_intent", "customer"],
    });
    const { plan } = await pricedPlan("t-pack");
    const shown = await call("GET", `/api/stripe-sessions/${stripeSessionId}`, {
      token: user.token,
    });
    const { orderId } = await shown.json<{ orderId: string }>();
    const metadata = { orderId, userId: user.userId, planId: plan.id };
    expect(session).toMatchObject({
      client_reference_id: orderId,
      metadata,
      payment_intent: { metadata },
      customer: { email: user.email, metadata: { userId: user.userId } },
    });
  });

  it("twice at once for the first time creates one customer", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const bothCalled = Promise.withResolvers<void>();
    let calls = 0;
    fakeNetwork.standIn("stripe.test", async (request) => {
      if (new URL(request.url).pathname === "/v1/customers") {
        calls += 1;
        if (calls === 2) bothCalled.resolve();
        await bothCalled.promise;
      }
      return await stripe.fetch(request);
    });
    await Promise.all([1, 2].map(async () => await openCheckout(user.token, { planId: "t-pack" })));
    expect((await stripe.client.customers.list()).data).toHaveLength(1);
    expect((await readUserState(user)).orders).toHaveLength(2);
  });

  it("creates its page under the order's id, so that a retry creates no second page", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    let key: string | null = null;
    fakeNetwork.standIn("stripe.test", async (request) => {
      if (new URL(request.url).pathname === "/v1/checkout/sessions")
        key = request.headers.get("idempotency-key");
      return await stripe.fetch(request);
    });
    stripe.control.nextRequests({ path: "/v1/checkout/sessions", answer: "lost" });
    const { stripeSessionId } = await openCheckout(user.token, { planId: "t-pack" });
    const shown = await call("GET", `/api/stripe-sessions/${stripeSessionId}`, {
      token: user.token,
    });
    const { orderId } = await shown.json<{ orderId: string }>();
    expect(key).toMatch(new RegExp(`^${orderId}:[0-9a-f]{32}$`));
    expect((await stripe.client.checkout.sessions.list()).data).toHaveLength(1);
  });

  it("is allowed with a key that may buy", async () => {
    standInStripe();
    const user = await signUp();
    const key = await createKey(user, BILLING_KEY);
    await openCheckout(key, { planId: "t-pack" });
    expect((await readUserState(user)).orders).toHaveLength(1);
  });

  it("sends the buyer back to the requested URLs", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url, sessionId } = await openCheckout(user.token, {
      planId: "t-pack",
      successUrl: "http://shop.test/thanks?lang=de#top",
      cancelUrl: "http://shop.test/plans",
    });
    expect((await stripe.client.checkout.sessions.retrieve(sessionId)).cancel_url).toBe(
      "http://shop.test/plans?canceled=true",
    );
    expect((await stripe.pay(url)).headers.get("location")).toBe(
      `http://shop.test/thanks?lang=de&session_id=${sessionId}&success=true#top`,
    );
  });
});

describe("buying a plan", () => {
  it("puts it in force with its credits; the next plan replaces it", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    for (const slug of ["t-level1", "t-level2"]) {
      const { plan } = await pricedPlan(slug);
      await stripe.pay((await openCheckout(user.token, { planId: plan.id })).url);
      await stripe.control.deliver();
      expect(await readUserState(user)).toMatchObject({ planId: plan.id, entitledPlanId: plan.id });
    }
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 10,
      grants: [{ reason: "Level 2", credits: 10 }],
    });
  });

  it("that the buyer has, and that adds nothing, is refused", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    await stripe.pay((await openCheckout(user.token, { planId: "t-level1" })).url);
    await stripe.control.deliver();
    const again = await call("POST", "/api/checkout", {
      token: user.token,
      body: { planId: "t-level1" },
    });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({
      error: { code: "already_purchased", param: "planId" },
    });
  });

  it("counts as the user's first payment", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const firstPaidAt = async () =>
      (
        await env.DB.prepare("select first_paid_at from users where id = ?")
          .bind(user.userId)
          .first<{ first_paid_at: number | null }>()
      )?.first_paid_at;
    expect(await firstPaidAt()).toBeNull();
    await stripe.pay((await openCheckout(user.token, { planId: "t-level1" })).url);
    await stripe.control.deliver();
    const first = await firstPaidAt();
    expect(first).toBeTypeOf("number");
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    await stripe.control.deliver();
    expect(await firstPaidAt()).toBe(first);
  });
});

it("I1: a purchase is in the account's own ledger", async () => {
  const stripe = standInStripe();
  const user = await signUp();
  await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
  await stripe.control.deliver();
  const summary = await creditAccount(env, user.userId).summary();
  expect(summary).toMatchObject({
    ok: true,
    value: {
      grantedMicrocredits: 100_000_000,
      balance: { availableMicrocredits: 100_000_000 },
    },
  });
});
