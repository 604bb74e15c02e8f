import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import { callAsAdmin } from "../../support/admin.ts";
import type { TestUser } from "../../support/sign-up.ts";
import {
  callSignedIn,
  DAY_MS,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.useRealTimers());

const change = (user: TestUser, body: Record<string, unknown>) =>
  callSignedIn(user, "POST", "/api/subscription/change", body);

/** A subscriber to a plan from the first of January, 31 days ahead. */
async function january(plan: "pro" | "max"): Promise<TimedStripe & { user: TestUser }> {
  const years = await standInTimedStripe();
  return { ...years, user: await subscribeUser(years.stripe, years.plans[plan]) };
}

const customerOf = async ({ stripe }: TimedStripe, user: TestUser): Promise<string> => {
  const all = await stripe.client.customers.list({ email: user.email });
  return all.data[0]?.id ?? "";
};

/** All that was ever paid by card, less what is kept as the customer's balance, in minor units. */
async function fetchAmountPaid(years: TimedStripe, user: TestUser): Promise<number> {
  const customer = await customerOf(years, user);
  const charges = await years.stripe.client.charges.list({ customer, limit: 100 });
  const paid = charges.data
    .filter((charge) => charge.paid)
    .reduce((sum, charge) => sum + charge.amount_captured, 0);
  const found = await years.stripe.client.customers.retrieve(customer);
  return paid + (found.deleted === true ? 0 : found.balance);
}

describe("changing a subscription", () => {
  it("to a dearer plan gives it at once, with the credits of the rest of the period, for its money", async () => {
    const years = await january("pro");
    const { user, plans, stripe, advance: later } = years;
    await later(15.5 * DAY_MS);
    const changed = await change(user, { planId: plans.max });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({
      status: "active",
      plan: { slug: plans.max },
      amountMinor: 4900,
    });
    // Half of 49.00 − 15.00 was paid, and half of 400 − 100 credits given.
    expect(await fetchAmountPaid(years, user)).toBe(1500 + 1700);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  });

  it("to a cheaper plan takes the credits of the rest of the period back, and credits its money to the next invoices", async () => {
    const years = await january("max");
    const { user, plans, advance: later } = years;
    await later(15.5 * DAY_MS);
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await fetchAmountPaid(years, user)).toBe(4900 - 1700);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 250 });
  });

  it("gives time back for the credits that it gave, whatever the catalog says by now", async () => {
    const years = await january("pro");
    const { user, plans, advance: later } = years;
    await callAsAdmin("PATCH", `/api/admin/plans/${plans.pro}`, { credits: 300 });
    await later(15.5 * DAY_MS);
    // Half of what a month of it gave, 50, and not of what one gives today, goes for half of 400.
    expect(await (await change(user, { planId: plans.max, preview: true })).json()).toMatchObject({
      credits: 150,
    });
    expect((await change(user, { planId: plans.max })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
    // What is bought again is bought by today's catalog, and given back by it.
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
    await callAsAdmin("PATCH", `/api/admin/plans/${plans.pro}`, { credits: 100 });
    await later(1000);
    expect((await change(user, { planId: plans.max })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  });

  it("to a cheaper plan is to that plan also where the next renewal's payment fails: the dearer one is not back for the time of grace", async () => {
    const years = await january("max");
    const { user, plans, stripe, advance: later } = years;
    await later(31 * DAY_MS - 600_000);
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    stripe.control.failPayments(await customerOf(years, user));
    await later(3 * 3_600_000);
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "past_due",
    });
    expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  });

  it("makes a debt of what was spent already of credits that go back", async () => {
    const { user, plans } = await january("max");
    const account = creditAccount(env, user.userId);
    await account.take({ operationId: "spent", amountMicrocredits: 399_000_000, reason: "Spent" });
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: -299 });
  });

  it("is previewed with its lines, what is due and what credits it gives, and changes nothing", async () => {
    const years = await january("pro");
    const { user, plans, advance: later } = years;
    await later(15.5 * DAY_MS);
    const preview = await change(user, { planId: plans.max, preview: true });
    expect(preview.status).toBe(200);
    expect(await preview.json()).toMatchObject({
      preview: true,
      interval: "month",
      currency: "usd",
      amountDueMinor: 1700,
      totalMinor: 1700,
      credits: 150,
      lines: [{ amountMinor: -750 }, { amountMinor: 2450 }],
    });
    expect(await fetchAmountPaid(years, user)).toBe(1500);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    const down = await change(await subscribeUser(years.stripe, plans.max), {
      planId: plans.pro,
      preview: true,
    });
    expect(await down.json()).toMatchObject({
      amountDueMinor: 0,
      totalMinor: -3400,
      credits: -300,
    });
  });

  it("whose payment is declined is 422, and leaves plan, credits and subscription as they were", async () => {
    const years = await january("pro");
    const { user, plans, stripe } = years;
    stripe.control.failPayments(await customerOf(years, user));
    const declined = await change(user, { planId: plans.max });
    expect(declined.status).toBe(422);
    expect(await declined.json()).toMatchObject({ error: { code: "card_declined" } });
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "active",
      plan: { slug: plans.pro },
    });
  });

  it("to another interval begins a new period, with a payment's credits", async () => {
    const years = await january("pro");
    const { user, plans } = years;
    const changed = await change(user, { planId: plans.pro, interval: "year" });
    expect(await changed.json()).toMatchObject({ interval: "year", amountMinor: 15_000 });
    expect(await fetchAmountPaid(years, user)).toBe(15_000);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    // They last for what was paid for.
    await years.advance(300 * DAY_MS);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it.each([
    ["to what it is already", (plans: TimedStripe["plans"]) => ({ planId: plans.pro }), 409],
    ["to a plan that there is not", () => ({ planId: "none" }), 404],
    ["to the free plan, which is had by canceling", () => ({ planId: "free" }), 400],
    ["to what is paid once", () => ({ planId: "starter" }), 400],
    [
      "to an interval at which it is not sold",
      (plans: TimedStripe["plans"]) => ({ planId: plans.max, interval: "week" }),
      400,
    ],
  ])("%s is refused", async (_what, body, status) => {
    const { user, plans } = await january("pro");
    expect((await change(user, body(plans))).status).toBe(status);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("during a trial ends the trial: a trial of one plan is none of a dearer one", async () => {
    const years = await standInTimedStripe();
    const { stripe, plans } = years;
    const user = await subscribeUser(stripe, plans.trial);
    const preview = await change(user, { planId: plans.max, preview: true });
    expect(await preview.json()).toMatchObject({ amountDueMinor: 4900, credits: 400 });
    stripe.control.failPayments(await customerOf(years, user));
    expect((await change(user, { planId: plans.max })).status).toBe(422);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
    stripe.control.failPayments(await customerOf(years, user), false);
    expect(await (await change(user, { planId: plans.max })).json()).toMatchObject({
      status: "active",
    });
    expect(await fetchAmountPaid(years, user)).toBe(4900);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });
  });

  it("is refused while a payment is missing, also before we have heard of that: unpaid time gives no money back", async () => {
    const years = await january("max");
    const { user, plans, stripe } = years;
    stripe.control.failPayments(await customerOf(years, user));
    vi.setSystemTime(Date.now() + 32 * DAY_MS);
    stripe.control.advance(32 * 86_400);
    expect((await change(user, { planId: plans.pro })).status).toBe(409);
    expect(await fetchAmountPaid(years, user)).toBe(4900);
  });

  it.each<[string, "max" | "trial", number]>([
    ["a renewal", "max", 31],
    ["a trial's end", "trial", 14],
  ])(
    "is refused in the hour in which the invoice of %s is a draft: what was not paid gives nothing back",
    async (_what, plan, days) => {
      const years = await standInTimedStripe();
      const { stripe, plans, advance: later } = years;
      const user = await subscribeUser(
        stripe,
        plans[plan],
        plan === "trial" ? { quantity: 100 } : {},
      );
      await later(days * DAY_MS + 600_000);
      const before = await fetchAmountPaid(years, user);
      const wish = plan === "trial" ? { planId: plans.trial, quantity: 1 } : { planId: plans.pro };
      for (const body of [wish, { ...wish, preview: true }]) {
        const refused = await change(user, body);
        expect(refused.status).toBe(409);
        expect(await refused.json()).toMatchObject({ error: { code: "conflict" } });
      }
      expect(
        (await callSignedIn(user, "POST", "/api/checkout", { ...wish, quantity: 1 })).status,
      ).toBe(409);
      await later(2 * 3_600_000);
      expect(await fetchAmountPaid(years, user)).toBe(before + (plan === "trial" ? 150_000 : 4900));
      expect((await change(user, wish)).status).toBe(200);
    },
  );

  it("up and down 20 times within a month never leaves more credits than the money paid for", {
    timeout: 60_000,
  }, async () => {
    const years = await january("pro");
    const { user, plans, advance: later } = years;
    for (let at = 1; at <= 20; at += 1) {
      await later(DAY_MS * 1.3);
      expect((await change(user, { planId: at % 2 === 1 ? plans.max : plans.pro })).status).toBe(
        200,
      );
      const { credits } = await readPlanAndCredits(user);
      // Max gives the most for the money: 400 credits for 49.00.
      expect(credits).toBeLessThanOrEqual((await fetchAmountPaid(years, user)) * (400 / 4900));
    }
    // Pro again: ten stretches of 1.3 days were Max, and all others Pro. Money is counted in cents,
    // so credits are in what a cent gives.
    const { credits, plan } = await readPlanAndCredits(user);
    const exact = 100 + 300 * ((10 * 1.3) / 31);
    expect(plan).toBe(plans.pro);
    expect(Math.abs(credits - exact)).toBeLessThan(20 * (400 / 4900));
  });
});
