import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call } from "../../support/call.ts";
import { openCheckout, readUserState } from "../../support/shop.ts";
import { signUp } from "../../support/sign-up.ts";
import {
  callSignedIn,
  DAY_MS,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.useRealTimers());

describe("a subscription bought on Stripe's page", () => {
  it("puts its plan in force and gives its credits, until the period and an overlap are over", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.pro);
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 100 });
    const state = await readUserState(user);
    expect(state.orders).toEqual([{ status: "completed", failureReason: null }]);
    expect(state.sessions).toEqual([{ status: "succeeded", ended: true }]);
    expect(state.grants).toEqual([
      { reason: "Pro", credits: 100, expiresAt: Date.UTC(2083, 1, 1, 18) },
    ]);
    const shown = await call("GET", "/api/subscription", { token: user.token });
    expect(await shown.json()).toMatchObject({
      status: "active",
      plan: { slug: shelf.pro, name: "Pro", credits: 100 },
      interval: "month",
      amountMinor: 1500,
      currency: "usd",
      currentPeriodStart: "2083-01-01T12:00:00.000Z",
      currentPeriodEnd: "2083-02-01T12:00:00.000Z",
      cancelAtPeriodEnd: false,
      messageLimit: 500,
    });
  });

  it("gives as many times the credits as it was bought, and the plan once", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.pro, { quantity: 3 });
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 300 });
  });

  it("paid by the year gives a payment's credits, for a year", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.pro, { interval: "year" });
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 100 });
    expect((await readUserState(user)).grants).toEqual([
      { reason: "Pro", credits: 100, expiresAt: Date.UTC(2084, 0, 1, 18) },
    ]);
  });

  it("that nobody pays for gives nothing, and its order says so", async () => {
    const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: shelf.pro });
    expect((await stripe.pay(url, { number: "4000 0000 0000 0002" })).status).toBe(402);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    await later(DAY_MS + 1000);
    const orders = await (await callSignedIn(user, "GET", "/api/orders")).json<{
      data: { status: string }[];
    }>();
    expect(orders.data).toMatchObject([{ status: "failed" }]);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
  });

  it("is shown as the free plan to whoever has none", async () => {
    const user = await signUp();
    const shown = await call("GET", "/api/subscription", { token: user.token });
    expect(await shown.json()).toMatchObject({
      id: null,
      status: "free",
      plan: { slug: "free" },
      messageLimit: 50,
      quantity: 1,
    });
  });
});

describe("a trial", () => {
  it("gives the plan at once, and credits with the first money", async () => {
    const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.trial);
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.trial, credits: 0 });
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "trialing",
      trialEnd: "2083-01-15T12:00:00.000Z",
    });
    expect((await readUserState(user)).orders).toMatchObject([{ status: "completed" }]);
    await later(14 * DAY_MS + 2 * 3_600_000);
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.trial, credits: 100 });
  });

  it("is had once: whoever had a subscription pays from the first day", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.trial);
    const { id } = await (await callSignedIn(user, "GET", "/api/subscription")).json<{
      id: string;
    }>();
    expect((await callSignedIn(user, "DELETE", `/api/payments/subscriptions/${id}`)).status).toBe(
      200,
    );
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    const { url } = await openCheckout(user.token, { planId: shelf.trial });
    await stripe.pay(url);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.trial, credits: 100 });
  });

  it("is not lost by a card that was declined: that subscription never began", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await signUp();
    const save = (paymentMethodId: string) =>
      call("POST", "/api/payments/customers/me/payment-methods", {
        token: user.token,
        body: { paymentMethodId },
      });
    const poor = await (await save("pm_card_chargeCustomerFail")).json<{ id: string }>();
    const wish = { planId: shelf.pro, paymentMethodId: poor.id };
    expect((await callSignedIn(user, "POST", "/api/payments/subscriptions", wish)).status).toBe(
      422,
    );
    await stripe.control.flush();
    await stripe.pay((await openCheckout(user.token, { planId: shelf.trial })).url);
    await stripe.control.flush();
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "trialing",
    });
  });
});

describe("a second checkout by somebody who is subscribed", () => {
  const errorOf = async (response: Response) => {
    const { error } = await response.json<{ error: { code: string; param: string | null } }>();
    return { status: response.status, code: error.code, param: error.param };
  };

  it("to the same plan and interval is 409, whatever else there is to pay", async () => {
    const { stripe, plans: shelf } = await standInTimedStripe();
    const user = await subscribeUser(stripe, shelf.pro);
    const again = await call("POST", "/api/checkout", {
      token: user.token,
      body: { planId: shelf.pro },
    });
    expect(await errorOf(again)).toEqual({
      status: 409,
      code: "already_purchased",
      param: "planId",
    });
  });

  it("of two pages that were both open leaves one subscription: the newer, and the older's money and credits go back", async () => {
    const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: shelf.pro });
    const second = await openCheckout(user.token, { planId: shelf.max });
    await stripe.pay(first.url);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 100 });
    await later(60_000);
    await stripe.pay(second.url);
    await stripe.control.flush();
    const subscriptions = await stripe.client.subscriptions.list({ status: "all", limit: 10 });
    const ours = subscriptions.data.filter((each) => each.metadata["userId"] === user.userId);
    expect(ours.map(({ status }) => status)).toEqual(["active", "canceled"]);
    const haves = await readPlanAndCredits(user);
    // A minute of Pro was used up.
    expect(haves.plan).toBe(shelf.max);
    expect(haves.credits).toBeGreaterThanOrEqual(400);
    expect(haves.credits).toBeLessThan(400.1);
    const ends = await env.DB.prepare(
      "select count(*) as n from audit_log where action = 'subscription.ended' and user_id = ?",
    )
      .bind(user.userId)
      .first<{ n: number }>();
    expect(ends?.n).toBe(1);
  });

  it("of two is not left at two in silence: where Stripe refuses to end the older, the event fails, and is tried again", async () => {
    const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: shelf.pro });
    const second = await openCheckout(user.token, { planId: shelf.max });
    await stripe.pay(first.url);
    await stripe.control.flush();
    stripe.control.nextRequests({
      answer: 400,
      method: "DELETE",
      path: "/v1/subscriptions/",
      times: 1000,
    });
    await later(60_000);
    await stripe.pay(second.url);
    await stripe.control.flush();
    const failed = await env.DB.prepare(
      "select last_error as error from stripe_events where status = 'failed'",
    ).all<{
      error: string;
    }>();
    expect(failed.results.length).toBeGreaterThan(0);
    expect(failed.results[0]?.error).toContain("Stripe refused this");
    // What was paid for is there all the same.
    expect((await readPlanAndCredits(user)).plan).toBe(shelf.max);
    stripe.control.clearSwitches();
    await later(DAY_MS);
    const subscriptions = await stripe.client.subscriptions.list({ status: "all", limit: 10 });
    const ours = subscriptions.data.filter((each) => each.metadata["userId"] === user.userId);
    expect(ours.map(({ status }) => status)).toEqual(["active", "canceled"]);
  });
});
