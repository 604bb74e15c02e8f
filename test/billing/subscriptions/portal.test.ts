import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "../../../src/time.ts";
import { call } from "../../support/call.ts";
import { openCheckout } from "../../support/shop.ts";
import { signUp } from "../../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

describe("the portal", () => {
  it("opens for any user, and leads back to allowed origins only", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const opened = await callSignedIn(user, "POST", "/api/billing/portal", {
      returnUrl: "http://shop.test/account",
    });
    expect(opened.status).toBe(200);
    expect(await opened.json()).toEqual({ url: expect.stringMatching(/^http:\/\/stripe\.test\//) });
    expect((await callSignedIn(user, "POST", "/api/billing/portal", {})).status).toBe(200);
    for (const returnUrl of [
      "https://evil.test/",
      "http://shop.test.evil.test/",
      "javascript:alert(1)",
      "http://u:p@shop.test/",
    ]) {
      const refused = await callSignedIn(user, "POST", "/api/billing/portal", { returnUrl });
      expect(await refused.json(), returnUrl).toMatchObject({
        error: { code: "invalid_request", param: "returnUrl" },
      });
    }
    expect((await call("POST", "/api/billing/portal", { body: {} })).status).toBe(401);
  });

  it("is where a second checkout leads, to confirm a change", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const page = await openCheckout(user.token, {
      planId: plans.max,
      successUrl: "http://shop.test/done?a=b",
    });
    expect(page).toMatchObject({
      sessionId: expect.stringMatching(/^bps_/),
      stripeSessionId: null,
    });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    const confirmed = await stripe.portal(page.url, "confirm");
    expect(confirmed.status).toBe(303);
    expect(confirmed.headers.get("location")).toBe("http://shop.test/done?a=b&success=true");
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });
    const all = await stripe.client.subscriptions.list({ status: "all" });
    expect(all.data).toHaveLength(1);
  });

  it("of a change whose payment is declined leaves everything as it was", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const page = await openCheckout(user.token, { planId: plans.max });
    const customer = (await stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
    stripe.control.failPayments(customer);
    expect((await stripe.portal(page.url, "confirm")).status).toBe(402);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("is 503 while Stripe cannot be reached", async () => {
    const { stripe } = await standInTimedStripe();
    const user = await signUp();
    stripe.control.nextRequests({ answer: 500, path: "/v1/billing_portal/", times: 10 });
    const answer = await callSignedIn(user, "POST", "/api/billing/portal", {});
    expect(answer.status).toBe(503);
  });

  it("cancels with the period, which resuming takes back", async () => {
    const { stripe, plans, advance } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const opened = await callSignedIn(user, "POST", "/api/billing/portal", {});
    const { url } = await opened.json<{ url: string }>();
    const { id = "" } = (await stripe.client.subscriptions.list()).data[0] ?? {};
    await stripe.portal(url, "cancel", { subscription: id });
    await stripe.control.flush();
    const canceled = await stripe.client.subscriptions.retrieve(id);
    expect(canceled).toMatchObject({ cancel_at: expect.any(Number), cancel_at_period_end: false });
    expect((await callSignedIn(user, "POST", "/api/subscription/resume")).status).toBe(200);
    await advance(32 * DAY_MS);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it.each(["pro", "trial"] as const)(
    "leaves no time that is paid for and then cut off: %s changes once it is not to end",
    async (slug) => {
      const { stripe, plans } = await standInTimedStripe();
      const user = await subscribeUser(stripe, plans[slug]);
      const opened = await callSignedIn(user, "POST", "/api/billing/portal", {});
      const { url } = await opened.json<{ url: string }>();
      const { id = "" } = (await stripe.client.subscriptions.list()).data[0] ?? {};
      await stripe.portal(url, "cancel", { subscription: id });
      await stripe.control.flush();
      const body = slug === "pro" ? { planId: plans.pro, interval: "year" } : { planId: plans.max };
      const refused = await callSignedIn(user, "POST", "/api/subscription/change", body);
      expect([refused.status, await refused.json()]).toMatchObject([
        409,
        { error: { code: "conflict", message: expect.stringMatching(/set to cancel/) } },
      ]);
      expect((await callSignedIn(user, "POST", "/api/subscription/resume")).status).toBe(200);
      const changed = await callSignedIn(user, "POST", "/api/subscription/change", body);
      expect(changed.status, await changed.clone().text()).toBe(200);
    },
  );

  it("changes no plan on its own page, and ends none at once", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    await callSignedIn(user, "POST", "/api/billing/portal", {});
    const { data } = await stripe.client.billingPortal.configurations.list();
    expect(data).toMatchObject([
      {
        features: {
          subscription_update: { enabled: false },
          subscription_cancel: { enabled: true, mode: "at_period_end", proration_behavior: "none" },
          payment_method_update: { enabled: true },
          invoice_history: { enabled: true },
        },
      },
    ]);
    const page = await openCheckout(user.token, { planId: plans.max });
    const confirming = (await stripe.client.billingPortal.configurations.list()).data[0];
    const [offered] = confirming?.features.subscription_update.products ?? [];
    expect(offered?.prices).toHaveLength(1);
    expect((await stripe.portal(page.url, "confirm")).status).toBe(303);
  });

  it("makes its configuration once, and again only when it is gone", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await subscribeUser(stripe, plans.pro);
    const open = async () => (await callSignedIn(user, "POST", "/api/billing/portal", {})).status;
    const configurations = async () =>
      (await stripe.client.billingPortal.configurations.list()).data;
    expect([await open(), await open()]).toEqual([200, 200]);
    const [first] = await configurations();
    expect(await configurations()).toHaveLength(1);
    await stripe.client.billingPortal.configurations.update(first?.id ?? "", { active: false });
    expect([await open(), await open()]).toEqual([200, 200]);
    expect(await configurations()).toMatchObject([{ active: true }, { active: false }]);
  });
});
