import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "../../../src/time.ts";
import { call, readError } from "../../support/call.ts";
import { openCheckout, readUserState } from "../../support/shop.ts";
import { signUp } from "../../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

describe("a subscription bought on Stripe's page", () => {
  it("gives its plan, and its credits until six hours after the period", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    const state = await readUserState(user);
    expect(state.orders).toEqual([{ status: "completed", failureReason: null }]);
    expect(state.sessions).toEqual([{ status: "succeeded", ended: true }]);
    expect(state.grants).toEqual([
      { reason: "Pro", credits: 100, expiresAt: Date.UTC(2083, 1, 1, 18) },
    ]);
    const shown = await call("GET", "/api/subscription", { token: user.token });
    expect(await shown.json()).toMatchObject({
      status: "active",
      plan: { slug: plans.pro, name: "Pro", credits: 100 },
      interval: "month",
      amountMinor: 1500,
      currency: "usd",
      currentPeriodStart: "2083-01-01T12:00:00.000Z",
      currentPeriodEnd: "2083-02-01T12:00:00.000Z",
      cancelAtPeriodEnd: false,
      messageLimit: 500,
    });
  });

  it("gives the credits times the quantity, and the plan once", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro, { quantity: 3 });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 300 });
  });

  it("paid by the year gives the credits of one payment, for a year", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro, { interval: "year" });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    expect((await readUserState(user)).grants).toEqual([
      { reason: "Pro", credits: 100, expiresAt: Date.UTC(2084, 0, 1, 18) },
    ]);
  });

  it("that is not paid gives nothing, and its order fails", async () => {
    const { stripe, plans, advance } = await standInTimedStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: plans.pro });
    expect((await stripe.pay(url, { number: "4000 0000 0000 0002" })).status).toBe(402);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    await advance(DAY_MS + 1000);
    const orders = await (await callSignedIn(user, "GET", "/api/orders")).json<{
      data: { status: string }[];
    }>();
    expect(orders.data).toMatchObject([{ status: "failed" }]);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
  });

  it("is shown as the free plan to a user who has none", async () => {
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
  it("gives the plan at once, and credits with the first payment", async () => {
    const { stripe, plans, advance } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.trial);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "trialing",
      trialEnd: "2083-01-15T12:00:00.000Z",
    });
    expect((await readUserState(user)).orders).toMatchObject([{ status: "completed" }]);
    await advance(14 * DAY_MS + 2 * 3_600_000);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });
  });

  it("is given once: a former subscriber pays from the first day", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.trial);
    const { id } = await (await callSignedIn(user, "GET", "/api/subscription")).json<{
      id: string;
    }>();
    expect((await callSignedIn(user, "DELETE", `/api/payments/subscriptions/${id}`)).status).toBe(
      200,
    );
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    const { url } = await openCheckout(user.token, { planId: plans.trial });
    await stripe.pay(url);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });
  });

  it("is not used up by a declined card: that subscription never began", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await signUp();
    const save = (paymentMethodId: string) =>
      call("POST", "/api/payments/customers/me/payment-methods", {
        token: user.token,
        body: { paymentMethodId },
      });
    const poor = await (await save("pm_card_chargeCustomerFail")).json<{ id: string }>();
    const body = { planId: plans.pro, paymentMethodId: poor.id };
    expect((await callSignedIn(user, "POST", "/api/payments/subscriptions", body)).status).toBe(
      422,
    );
    await stripe.control.flush();
    await stripe.pay((await openCheckout(user.token, { planId: plans.trial })).url);
    await stripe.control.flush();
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "trialing",
    });
  });
});

describe("a second checkout by a subscriber", () => {
  it("to the same plan and interval is 409", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const again = await call("POST", "/api/checkout", {
      token: user.token,
      body: { planId: plans.pro },
    });
    expect(await readError(again)).toEqual({
      status: 409,
      code: "already_purchased",
      param: "planId",
    });
  });

  it("from two open pages leaves the newer subscription, and refunds the older", async () => {
    const { stripe, plans, advance } = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: plans.pro });
    const second = await openCheckout(user.token, { planId: plans.max });
    await stripe.pay(first.url);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    await advance(60_000);
    await stripe.pay(second.url);
    await stripe.control.flush();
    const subscriptions = await stripe.client.subscriptions.list({ status: "all", limit: 10 });
    const ours = subscriptions.data.filter((each) => each.metadata["userId"] === user.userId);
    expect(ours.map(({ status }) => status)).toEqual(["active", "canceled"]);
    const after = await readPlanAndCredits(user);
    // A minute of Pro was used up.
    expect(after.plan).toBe(plans.max);
    expect(after.credits).toBeGreaterThanOrEqual(400);
    expect(after.credits).toBeLessThan(400.1);
    const ends = await env.DB.prepare(
      "select count(*) as n from audit_log where action = 'subscription.ended' and user_id = ?",
    )
      .bind(user.userId)
      .first<{ n: number }>();
    expect(ends?.n).toBe(1);
  });

  it("fails its event and retries while Stripe refuses to end the older one", async () => {
    const { stripe, plans, advance } = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: plans.pro });
    const second = await openCheckout(user.token, { planId: plans.max });
    await stripe.pay(first.url);
    await stripe.control.flush();
    stripe.control.nextRequests({
      answer: 400,
      method: "DELETE",
      path: "/v1/subscriptions/",
      times: 1000,
    });
    await advance(60_000);
    await stripe.pay(second.url);
    await stripe.control.flush();
    const failed = await env.DB.prepare(
      "select last_error as error from stripe_events where status = 'failed'",
    ).all<{
      error: string;
    }>();
    // Other tests leave failed events too.
    expect(failed.results).toContainEqual({
      error: expect.stringContaining("Stripe declined this request"),
    });
    // The plan that was paid for is given all the same.
    expect((await readPlanAndCredits(user)).plan).toBe(plans.max);
    stripe.control.clearSwitches();
    await advance(DAY_MS);
    const subscriptions = await stripe.client.subscriptions.list({ status: "all", limit: 10 });
    const ours = subscriptions.data.filter((each) => each.metadata["userId"] === user.userId);
    expect(ours.map(({ status }) => status)).toEqual(["active", "canceled"]);
  });
});
