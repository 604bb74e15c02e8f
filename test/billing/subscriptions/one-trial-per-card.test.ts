import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { syncSubscription } from "../../../src/billing/subscriptions/sync/sync-subscription.ts";
import type { Env } from "../../../src/env.ts";
import { call } from "../../support/call.ts";
import { testContext } from "../../support/context.ts";
import { openCheckout, readUserState } from "../../support/shop.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../../support/stripe.ts";
import { createSubscriptionPlans, readPlanAndCredits } from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/** The Worker's settings, with the rule on: other tests share a card. */
const strict: Env = Object.create(env, {
  TRIAL_ONCE_PER_CARD: { value: "true", enumerable: true },
});

/** Cards that Stripe has for tests, of which each test takes its own. */
const [VISA, MASTERCARD, AMEX, DISCOVER] = [
  "4242424242424242",
  "5555555555554444",
  "378282246310005",
  "6011111111111117",
];

/** Begins a trial on Stripe's page, of which no event tells yet. */
async function beginTrial(stripe: TestStripe, planId: string, number: string) {
  const user = await signUp();
  const page = await openCheckout(user.token, { planId });
  expect((await stripe.pay(page.url, { number })).status).toBe(303);
  const { subscription } = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  if (typeof subscription !== "string") throw new Error("the page made no subscription");
  return { user, sessionId: page.sessionId, subscriptionId: subscription };
}

const sync = (subscriptionId: string) =>
  syncSubscription(testContext({ env: strict }), subscriptionId);

/** The same after JWT_SECRET, by which cards are hashed, was rotated and its old value retired. */
const rotated: Env = Object.create(strict, {
  JWT_SECRET: { value: "a secret that came after the one before it", enumerable: true },
  JWT_SECRETS_RETIRED: { value: testContext().config.JWT_SECRET, enumerable: true },
});

const planOf = async (user: TestUser) => (await readPlanAndCredits(user)).plan;

async function statusAtStripe(stripe: TestStripe, id: string) {
  return (await stripe.client.subscriptions.retrieve(id)).status;
}

describe("a card has one trial", () => {
  it("also after the secret was rotated by which it is known", async () => {
    const stripe = standInStripe();
    const { trial } = await createSubscriptionPlans();
    const first = await beginTrial(stripe, trial, DISCOVER);
    expect((await sync(first.subscriptionId)).ok).toBe(true);
    const second = await beginTrial(stripe, trial, DISCOVER);
    const ctx = testContext({ env: rotated });
    expect((await syncSubscription(ctx, second.subscriptionId)).ok).toBe(true);
    expect(await statusAtStripe(stripe, second.subscriptionId)).toBe("canceled");
  });

  it("and a second one, of another user, ends before it gives or takes anything", async () => {
    const stripe = standInStripe();
    const { trial } = await createSubscriptionPlans();
    const first = await beginTrial(stripe, trial, VISA);
    const second = await beginTrial(stripe, trial, VISA);
    for (const { subscriptionId } of [first, second, first, second])
      expect((await sync(subscriptionId)).ok).toBe(true);
    expect(await statusAtStripe(stripe, first.subscriptionId)).toBe("trialing");
    expect(await statusAtStripe(stripe, second.subscriptionId)).toBe("canceled");
    expect(await planOf(first.user)).toBe(trial);
    expect(await planOf(second.user)).toBe("free");
    expect((await stripe.client.charges.list()).data).toEqual([]);
    const state = await readUserState(second.user);
    expect(state.orders).toEqual([
      { status: "failed", failureReason: expect.stringContaining("already had a free trial") },
    ]);
    expect(state.sessions).toEqual([{ status: "failed", ended: true }]);
    const cookie = `farebox_session=${second.user.refreshToken}`;
    const success = await call("GET", `/success?session_id=${second.sessionId}`, {
      headers: { cookie },
    });
    expect(await success.text()).toContain(
      "This card already had a free trial with another account",
    );
    // Without a trial the card pays as any other.
    const again = await openCheckout(second.user.token, { planId: trial });
    const page = await stripe.client.checkout.sessions.retrieve(again.sessionId);
    expect(page.amount_total).toBe(1500);
  });

  it("of any number that begin at once", async () => {
    const stripe = standInStripe();
    const { trial } = await createSubscriptionPlans();
    const begun = [];
    for (let nth = 0; nth < 4; nth += 1) begun.push(await beginTrial(stripe, trial, MASTERCARD));
    await Promise.all(begun.map(({ subscriptionId }) => sync(subscriptionId)));
    const statuses = await Promise.all(
      begun.map(({ subscriptionId }) => statusAtStripe(stripe, subscriptionId)),
    );
    expect(statuses.toSorted()).toEqual(["canceled", "canceled", "canceled", "trialing"]);
  });

  it("also after its user was erased, and its fingerprint is nowhere in D1", async () => {
    const stripe = standInStripe();
    const { trial } = await createSubscriptionPlans();
    const first = await beginTrial(stripe, trial, AMEX);
    await sync(first.subscriptionId);
    const { userId, token, password } = first.user;
    const erased = await call("DELETE", `/api/users/${userId}`, {
      token,
      body: { currentPassword: password },
    });
    expect(erased.status).toBe(204);
    const second = await beginTrial(stripe, trial, AMEX);
    await sync(second.subscriptionId);
    expect(await statusAtStripe(stripe, second.subscriptionId)).toBe("canceled");
    const { customer } = await stripe.client.subscriptions.retrieve(second.subscriptionId);
    const methods = await stripe.client.paymentMethods.list({
      customer: typeof customer === "string" ? customer : customer.id,
    });
    const fingerprint = methods.data[0]?.card?.fingerprint ?? "";
    expect(fingerprint).toMatch(/^\w{16}$/);
    const rows = (await env.DB.prepare("select * from trial_cards").all()).results;
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toContain(fingerprint);
    expect(JSON.stringify(rows)).not.toContain(userId);
  });

  it("and is refused by nobody where the operator says so", async () => {
    const stripe = standInStripe();
    const { trial } = await createSubscriptionPlans();
    for (let nth = 0; nth < 2; nth += 1) {
      const { user, subscriptionId } = await beginTrial(stripe, trial, VISA);
      await syncSubscription(testContext(), subscriptionId);
      expect(await statusAtStripe(stripe, subscriptionId)).toBe("trialing");
      expect(await planOf(user)).toBe(trial);
    }
  });
});

describe("the local Stripe", () => {
  it("has one fingerprint for one number, whoever has it, and another for another", async () => {
    const stripe = standInStripe();
    const add = async (id: string) => {
      const customer = await stripe.client.customers.create({});
      const method = await stripe.client.paymentMethods.attach(id, { customer: customer.id });
      return method.card?.fingerprint;
    };
    const prints = [
      await add("pm_card_visa"),
      await add("pm_card_visa"),
      await add("pm_card_mastercard"),
    ];
    expect(prints[0]).toMatch(/^\w{16}$/);
    expect(prints[1]).toBe(prints[0]);
    expect(prints[2]).not.toBe(prints[0]);
  });
});
