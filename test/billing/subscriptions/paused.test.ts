import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "../../../src/time.ts";
import { call } from "../../support/call.ts";
import { idOf } from "../../support/stripe.ts";
import { countStripeCalls } from "../../support/stripe-traffic.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/** Subscribes a user, whose subscription the operator pauses a day later without a credit. */
async function pausedUser() {
  const timed = await standInTimedStripe();
  const { stripe, plans, advance } = timed;
  const user = await subscribeUser(stripe, plans.pro);
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const id = subscription?.id ?? "";
  await advance(DAY_MS);
  await stripe.client.subscriptions.pause(id, {
    bill_for: { unused_time_from: { type: "none" } },
  });
  await advance(DAY_MS);
  const customer = idOf(subscription?.customer);
  const resume = () => callSignedIn(user, "POST", "/api/subscription/resume");
  return { ...timed, user, id, customer, resume };
}

describe("a paused subscription", () => {
  it("has no plan, until its user resumes it and pays for a new period", async () => {
    const { stripe, user, plans, id, resume } = await pausedUser();
    expect((await readPlanAndCredits(user)).plan).toBe("free");
    const resumed = await resume();
    expect([resumed.status, await resumed.json()]).toMatchObject([200, { status: "active" }]);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
    expect((await stripe.client.invoices.list({ subscription: id })).data).toMatchObject([
      { status: "paid", amount_paid: 1500 },
      { status: "paid", amount_paid: 1500 },
    ]);
  });

  it("is not resumed by a key beyond what the key may buy", async () => {
    const { stripe, user, id, resume } = await pausedUser();
    const purchaseLimit = { amountMinor: 1499, currency: "usd", period: "month" };
    const made = await callSignedIn(user, "POST", "/api/api-keys", {
      name: "limited",
      scopes: ["read", "billing"],
      purchaseLimit,
    });
    const { key: token } = await made.json<{ key: string }>();
    const refused = await call("POST", "/api/subscription/resume", { token });
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: "purchase_limit_exceeded" } },
    ]);
    expect((await stripe.client.subscriptions.retrieve(id)).status).toBe("paused");
    expect((await resume()).status).toBe(200);
  });

  it("I6: stays paused where the card is declined, and is resumed on Stripe's page", async () => {
    const { stripe, user, plans, id, customer, resume } = await pausedUser();
    stripe.control.failPayments(customer);
    const refused = await resume();
    const { error } = await refused.json<{ error: { code: string; paymentUrl: string } }>();
    expect([refused.status, error.code]).toEqual([422, "card_declined"]);
    await stripe.control.flush();
    expect((await readPlanAndCredits(user)).plan).toBe("free");
    // Another try makes no second invoice.
    const calls = countStripeCalls();
    expect((await resume()).status).toBe(422);
    expect(calls().filter((one) => one.startsWith("POST"))).toEqual([]);
    expect((await stripe.client.invoices.list({ subscription: id })).data).toHaveLength(2);
    stripe.control.failPayments(customer, false);
    const paid = await stripe.fetch(new Request(error.paymentUrl, { method: "POST" }));
    expect(paid.status).toBe(303);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
  });
});
