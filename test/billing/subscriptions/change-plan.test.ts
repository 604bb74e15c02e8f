import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import { DAY_MS } from "../../../src/time.ts";
import { callAsAdmin } from "../../support/admin.ts";
import { call, readError } from "../../support/call.ts";
import { createKey, type TestUser } from "../../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

const change = (user: TestUser, body: Record<string, unknown>) =>
  callSignedIn(user, "POST", "/api/subscription/change", body);

/** Subscribes a user to a plan on the first of January, so that the period has 31 days. */
async function subscribeInJanuary(plan: "pro" | "max"): Promise<TimedStripe & { user: TestUser }> {
  const timed = await standInTimedStripe();
  return { ...timed, user: await subscribeUser(timed.stripe, timed.plans[plan]) };
}

const customerOf = async ({ stripe }: TimedStripe, user: TestUser): Promise<string> => {
  const all = await stripe.client.customers.list({ email: user.email });
  return all.data[0]?.id ?? "";
};

/** Returns the money paid by card, less the customer's balance, in minor units. */
async function fetchAmountPaid(timed: TimedStripe, user: TestUser): Promise<number> {
  const customer = await customerOf(timed, user);
  const charges = await timed.stripe.client.charges.list({ customer, limit: 100 });
  const paid = charges.data
    .filter((charge) => charge.paid)
    .reduce((sum, charge) => sum + charge.amount_captured, 0);
  const found = await timed.stripe.client.customers.retrieve(customer);
  return paid + (found.deleted === true ? 0 : found.balance);
}

describe("changing a subscription", () => {
  it("to a dearer plan gives it at once, with the credits of the rest of the period", async () => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans, stripe, advance } = timed;
    await advance(15.5 * DAY_MS);
    const changed = await change(user, { planId: plans.max });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({
      status: "active",
      plan: { slug: plans.max },
      amountMinor: 4900,
    });
    // Half of 49.00 − 15.00 is paid, and half of 400 − 100 credits are given.
    expect(await fetchAmountPaid(timed, user)).toBe(1500 + 1700);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  });

  it("to a cheaper plan takes credits back, and credits the money to later invoices", async () => {
    const timed = await subscribeInJanuary("max");
    const { user, plans, advance } = timed;
    await advance(15.5 * DAY_MS);
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await fetchAmountPaid(timed, user)).toBe(4900 - 1700);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 250 });
  });

  it("takes back the credits that the time gave, even if the catalog has changed", async () => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans, advance } = timed;
    await callAsAdmin("PATCH", `/api/admin/plans/${plans.pro}`, { credits: 300 });
    await advance(15.5 * DAY_MS);
    // Half of the 100 that the month gave are taken, not of today's 300; half of 400 are given.
    expect(await (await change(user, { planId: plans.max, preview: true })).json()).toMatchObject({
      credits: 150,
    });
    expect((await change(user, { planId: plans.max })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
    // A new purchase goes by today's catalog, and so does its return.
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
    await callAsAdmin("PATCH", `/api/admin/plans/${plans.pro}`, { credits: 100 });
    await advance(1000);
    expect((await change(user, { planId: plans.max })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  });

  it("to a cheaper plan holds if the next renewal fails", async () => {
    const timed = await subscribeInJanuary("max");
    const { user, plans, stripe, advance } = timed;
    await advance(31 * DAY_MS - 600_000);
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    stripe.control.failPayments(await customerOf(timed, user));
    await advance(3 * 3_600_000);
    expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
      status: "past_due",
    });
    expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  });

  it("makes a debt of credits that are taken back after they were spent", async () => {
    const { user, plans } = await subscribeInJanuary("max");
    const account = creditAccount(env, user.userId);
    await account.take({ operationId: "spent", amountMicrocredits: 399_000_000, reason: "Spent" });
    expect((await change(user, { planId: plans.pro })).status).toBe(200);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: -299 });
  });

  it("is previewed with its lines, amount due and credits, and changes nothing", async () => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans, advance } = timed;
    await advance(15.5 * DAY_MS);
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
    expect(await fetchAmountPaid(timed, user)).toBe(1500);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    const down = await change(await subscribeUser(timed.stripe, plans.max), {
      planId: plans.pro,
      preview: true,
    });
    expect(await down.json()).toMatchObject({
      amountDueMinor: 0,
      totalMinor: -3400,
      credits: -300,
    });
  });

  it("whose payment is declined is 422, and changes nothing", async () => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans, stripe } = timed;
    stripe.control.failPayments(await customerOf(timed, user));
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

  it.each([
    ["at once", 0, 15_000],
    // 10 of 31 days are used, and 21 given back.
    ["on the eleventh day", 10, 15_000 + 1500 - 1016],
    ["a day before the period ends", 30, 15_000 + 1500 - 48],
  ])("to another interval begins a new period (%s)", async (_when, days, paidMinor) => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans } = timed;
    await timed.advance(days * DAY_MS);
    const yearly = { planId: plans.pro, interval: "year" };
    const preview = await change(user, { ...yearly, preview: true });
    expect(await preview.json()).toMatchObject({ totalMinor: paidMinor - 1500 });
    const changed = await change(user, yearly);
    const now = Date.now();
    expect(await changed.json()).toMatchObject({
      interval: "year",
      amountMinor: 15_000,
      currentPeriodStart: new Date(now).toISOString(),
      currentPeriodEnd: new Date(now + 365 * DAY_MS).toISOString(),
    });
    expect(await fetchAmountPaid(timed, user)).toBe(paidMinor);
    // The credits of the days that were used stay, and those of a year's payment come.
    const { plan, credits } = await readPlanAndCredits(user);
    expect(plan).toBe(plans.pro);
    expect(credits).toBeCloseTo(100 + (100 * days) / 31, 0);
    // They last for the year that was paid for.
    await timed.advance(300 * DAY_MS);
    expect((await readPlanAndCredits(user)).credits).toBeGreaterThanOrEqual(100);
  });

  it.each([
    ["to the plan that it has", (plans: TimedStripe["plans"]) => ({ planId: plans.pro }), 409],
    ["to an unknown plan", () => ({ planId: "none" }), 404],
    ["to the free plan", () => ({ planId: "free" }), 400],
    ["to a plan that is paid once", () => ({ planId: "starter" }), 400],
    [
      "to an interval at which it is not sold",
      (plans: TimedStripe["plans"]) => ({ planId: plans.max, interval: "week" }),
      400,
    ],
  ])("%s is refused", async (_title, body, status) => {
    const { user, plans } = await subscribeInJanuary("pro");
    expect((await change(user, body(plans))).status).toBe(status);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("during a trial ends the trial: it belongs to the plan that it came with", async () => {
    const timed = await standInTimedStripe();
    const { stripe, plans } = timed;
    const user = await subscribeUser(stripe, plans.trial);
    const preview = await change(user, { planId: plans.max, preview: true });
    expect(await preview.json()).toMatchObject({ amountDueMinor: 4900, credits: 400 });
    stripe.control.failPayments(await customerOf(timed, user));
    expect((await change(user, { planId: plans.max })).status).toBe(422);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
    stripe.control.failPayments(await customerOf(timed, user), false);
    expect(await (await change(user, { planId: plans.max })).json()).toMatchObject({
      status: "active",
    });
    expect(await fetchAmountPaid(timed, user)).toBe(4900);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });
  });

  it("by a key is refused beyond what the key may buy", async () => {
    const { user, plans } = await subscribeInJanuary("pro");
    const purchaseLimit = { amountMinor: 4899, currency: "usd", period: "month" };
    const token = await createKey(user, { scopes: ["read", "billing"], purchaseLimit });
    const [subscription] = await (
      await call("GET", "/api/payments/users/me/subscriptions", { token })
    )
      .json<{ data: { id: string }[] }>()
      .then(({ data }) => data);
    const body = { planId: plans.max };
    for (const [method, path] of [
      ["POST", "/api/subscription/change"],
      ["PATCH", `/api/payments/subscriptions/${subscription?.id}`],
    ] as const)
      expect(await readError(await call(method, path, { token, body }))).toMatchObject({
        status: 403,
        code: "purchase_limit_exceeded",
      });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("is refused while a payment is missing, even before its event arrived", async () => {
    const timed = await subscribeInJanuary("max");
    const { user, plans, stripe } = timed;
    stripe.control.failPayments(await customerOf(timed, user));
    vi.setSystemTime(Date.now() + 32 * DAY_MS);
    stripe.control.advance(32 * 86_400);
    expect((await change(user, { planId: plans.pro })).status).toBe(409);
    expect(await fetchAmountPaid(timed, user)).toBe(4900);
  });

  it.each<[string, "max" | "trial", number]>([
    ["a renewal", "max", 31],
    ["a trial's end", "trial", 14],
  ])(
    "is refused in the hour in which the invoice of %s is a draft: its time was not paid for",
    async (_title, plan, days) => {
      const timed = await standInTimedStripe();
      const { stripe, plans, advance } = timed;
      const user = await subscribeUser(
        stripe,
        plans[plan],
        plan === "trial" ? { quantity: 100 } : {},
      );
      await advance(days * DAY_MS + 600_000);
      const before = await fetchAmountPaid(timed, user);
      const body = plan === "trial" ? { planId: plans.trial, quantity: 1 } : { planId: plans.pro };
      for (const requested of [body, { ...body, preview: true }]) {
        const refused = await change(user, requested);
        expect(refused.status).toBe(409);
        expect(await refused.json()).toMatchObject({ error: { code: "conflict" } });
      }
      expect(
        (await callSignedIn(user, "POST", "/api/checkout", { ...body, quantity: 1 })).status,
      ).toBe(409);
      await advance(2 * 3_600_000);
      expect(await fetchAmountPaid(timed, user)).toBe(before + (plan === "trial" ? 150_000 : 4900));
      expect((await change(user, body)).status).toBe(200);
    },
  );

  it("up and down 20 times in a month gives no more credits than were paid for", async () => {
    const timed = await subscribeInJanuary("pro");
    const { user, plans, advance } = timed;
    for (let at = 1; at <= 20; at += 1) {
      await advance(DAY_MS * 1.3);
      expect((await change(user, { planId: at % 2 === 1 ? plans.max : plans.pro })).status).toBe(
        200,
      );
      const { credits } = await readPlanAndCredits(user);
      // Max gives the most for the money: 400 credits for 49.00.
      expect(credits).toBeLessThanOrEqual((await fetchAmountPaid(timed, user)) * (400 / 4900));
    }
    // Pro again: ten times 1.3 days were Max, and the rest Pro. Money is counted in cents, so the
    // tolerance is the credits of one cent for each change.
    const { credits, plan } = await readPlanAndCredits(user);
    const exact = 100 + 300 * ((10 * 1.3) / 31);
    expect(plan).toBe(plans.pro);
    expect(Math.abs(credits - exact)).toBeLessThan(20 * (400 / 4900));
  });
});
