import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import { app } from "../../../src/app.ts";
import { creditedAmounts } from "../../../src/billing/refunds/credited-amounts.ts";
import { scheduleSaleCheck } from "../../../src/billing/refunds/find-sale.ts";
import { findPlan } from "../../../src/catalog/index.ts";
import { runCron } from "../../../src/cron.ts";
import { database } from "../../../src/db.ts";
import type { Env } from "../../../src/env.ts";
import { DAY_MS, MINUTE_MS } from "../../../src/time.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";
import { buildEvent, deliverEvent } from "../../support/webhook.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/** Subscribes a user who has paid the first invoice. */
async function subscribePaid(): Promise<
  TimedStripe & { user: TestUser; charge: string; customer: string; subscription: string }
> {
  const timed = await standInTimedStripe();
  const user = await subscribeUser(timed.stripe, timed.plans.pro);
  const customer =
    (await timed.stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  const charge = (await timed.stripe.client.charges.list({ customer })).data[0]?.id ?? "";
  const subscription =
    (await timed.stripe.client.subscriptions.list({ customer })).data[0]?.id ?? "";
  return { ...timed, user, charge, customer, subscription };
}

const available = async ({ userId }: TestUser) => {
  const summary = await creditAccount(env, userId).summary();
  return summary.ok ? summary.value.balance.availableMicrocredits / 1_000_000 : undefined;
};

it("I6: a refund takes its share of the credits, and a failed one gives them back", async () => {
  const { stripe, user, plans, charge } = await subscribePaid();
  const refund = await stripe.client.refunds.create({ charge, amount: 500 });
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).credits).toBeCloseTo(100 * (1000 / 1500), 5);
  stripe.control.failRefund(refund.id);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
});

it("I6: an open dispute freezes the credits; lost takes them, won releases them", async () => {
  const { stripe, user, plans, charge, advance } = await subscribePaid();
  await advance(31 * DAY_MS + 2 * 3_600_000);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
  const dispute = stripe.control.dispute(charge);
  await stripe.control.flush();
  expect(await available(user)).toBe(100);
  stripe.control.closeDispute(dispute?.id ?? "", "won");
  await stripe.control.flush();
  expect(await available(user)).toBe(200);
  const second = (await stripe.client.charges.list({ limit: 1 })).data[0]?.id ?? "";
  const lost = stripe.control.dispute(second);
  stripe.control.closeDispute(lost?.id ?? "", "lost");
  await stripe.control.flush();
  const after = await readPlanAndCredits(user);
  expect(after.credits).toBe(100);
  expect(after.plan).not.toBe(plans.pro);
});

it("I6: a plan is suspended for time whose payment was reversed or is disputed", async () => {
  const { stripe, user, plans, charge, advance } = await subscribePaid();
  const dispute = stripe.control.dispute(charge);
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).not.toBe(plans.pro);
  stripe.control.closeDispute(dispute?.id ?? "", "won");
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  const part = await stripe.client.refunds.create({ charge, amount: 500 });
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  await stripe.client.refunds.create({ charge });
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).not.toBe(plans.pro);
  stripe.control.failRefund(part.id);
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  await stripe.client.refunds.create({ charge });
  await advance(31 * DAY_MS + 2 * 3_600_000);
  expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
});

it("a plan stays while a balance paid a part, though the card's part was refunded", async () => {
  const { stripe, plans, advance } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.max);
  const changed = await callSignedIn(user, "POST", "/api/subscription/change", {
    planId: plans.pro,
  });
  expect(changed.status).toBe(200);
  await stripe.control.flush();
  // 34.00 of balance pay for two months of 15.00, and for 4.00 of the third.
  for (let month = 0; month < 3; month++) await advance(31 * DAY_MS + 2 * 3_600_000);
  const last = (await stripe.client.charges.list({ limit: 1 })).data[0];
  expect(last?.amount).toBe(1100);
  await stripe.client.refunds.create({ charge: last?.id ?? "" });
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
});

it("a dearer plan whose payment failed at Stripe is not given; the paid one stays", async () => {
  const { stripe, user, plans, customer, subscription } = await subscribePaid();
  stripe.control.failPayments(customer);
  const max = await findPlan(database(env.DB), plans.max);
  // A checkout, so that Stripe knows the price.
  await subscribeUser(stripe, plans.max);
  const price = (await findPlan(database(env.DB), plans.max))?.prices[0]?.stripePriceId ?? "";
  expect(max?.id).toBeDefined();
  const now = await stripe.client.subscriptions.retrieve(subscription);
  await stripe.client.subscriptions.update(subscription, {
    items: [{ id: now.items.data[0]?.id ?? "", price }],
    proration_behavior: "always_invoice",
    payment_behavior: "allow_incomplete",
  });
  await stripe.control.flush();
  expect(await (await callSignedIn(user, "GET", "/api/subscription")).json()).toMatchObject({
    status: "past_due",
  });
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
});

it("a user gets Free when Stripe gives up, by canceled as by unpaid", async () => {
  for (const ending of ["canceled", "unpaid"] as const) {
    const { stripe, user, customer, advance } = await subscribePaid();
    stripe.control.afterRetries(ending);
    stripe.control.failPayments(customer);
    await advance(31 * DAY_MS + 7 * 3_600_000);
    for (let week = 0; week < 5; week += 1) await advance(7 * DAY_MS);
    await runCron(env, Date.now());
    expect(await readPlanAndCredits(user), ending).toEqual({ plan: "free", credits: 0 });
  }
});

it("a subscription of no user is ignored, and the webhook answers 200", async () => {
  const { stripe, user } = await subscribePaid();
  const before = await readPlanAndCredits(user);
  const stranger = await stripe.client.customers.create({ email: "stranger@example.com" });
  const method = await stripe.client.paymentMethods.attach("pm_card_visa", {
    customer: stranger.id,
  });
  const product = await stripe.client.products.create({ name: "Elsewhere" });
  await stripe.client.subscriptions.create({
    customer: stranger.id,
    default_payment_method: method.id,
    items: [
      {
        price_data: {
          currency: "usd",
          product: product.id,
          recurring: { interval: "month" },
          unit_amount: 1000,
        },
      },
    ],
  });
  await stripe.control.flush();
  expect(
    stripe.control
      .deliveries()
      .every((delivery) => delivery.attempts.every(({ status }) => status === 200)),
  ).toBe(true);
  expect(await readPlanAndCredits(user)).toEqual(before);
  expect((await readPlanAndCredits(await signUp())).plan).toBe("free");
});

it("a subscription whose price was replaced at Stripe keeps its plan until it ends", async () => {
  const { stripe, user, plans, subscription } = await subscribePaid();
  const product = await stripe.client.products.create({ name: "For old friends" });
  const price = await stripe.client.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 900,
    recurring: { interval: "month" },
  });
  const [item] = (await stripe.client.subscriptions.retrieve(subscription)).items.data;
  await stripe.client.subscriptions.update(subscription, {
    items: [{ id: item?.id ?? "", price: price.id }],
    proration_behavior: "none",
  });
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  await stripe.client.subscriptions.cancel(subscription);
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe("free");
});

it("I6: a balance left by a cheaper plan gives no credits once reversed", async () => {
  const { stripe, plans, advance } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.max);
  await callSignedIn(user, "POST", "/api/subscription/change", { planId: plans.pro });
  const charge = (await stripe.client.charges.list({ limit: 1 })).data[0]?.id ?? "";
  const lost = stripe.control.dispute(charge);
  stripe.control.closeDispute(lost?.id ?? "", "lost");
  await advance(31 * DAY_MS + 2 * 3_600_000);
  const [renewal] = (await stripe.client.invoices.list({ limit: 1 })).data;
  expect(renewal).toMatchObject({ status: "paid", total: 1500, amount_paid: 0 });
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 0 });
});

it("a period that is paid for after its end gives credits for as long from then", async () => {
  const { stripe, advance, user, customer } = await subscribePaid();
  stripe.control.failPayments(customer);
  stripe.control.afterRetries("past_due");
  await advance(60 * DAY_MS);
  expect((await readPlanAndCredits(user)).credits).toBe(0);
  const open = (await stripe.client.invoices.list({ customer, status: "open" })).data.at(-1);
  expect((open?.lines.data[0]?.period.end ?? 0) * 1000).toBeLessThan(Date.now());
  stripe.control.failPayments(customer, false);
  await stripe.client.invoices.pay(open?.id ?? "");
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).credits).toBe(100);
  const [grant] = await creditAccount(env, user.userId).grants({ limit: 1, before: null });
  // The period was a February.
  expect(grant?.expiresAt).toBe(Date.now() + 28 * DAY_MS);
});

/** Requests a refund as the buyer, from a Worker with a refund window of 14 days. */
async function refundAsBuyer(user: TestUser, invoiceId: string) {
  const bindings: Env = Object.create(env, {
    REFUND_WINDOW_DAYS: { value: "14", enumerable: true },
  });
  const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
  const body = JSON.stringify({ invoiceId });
  const request = new Request("http://farebox.test/api/payments/refunds", {
    method: "POST",
    headers,
    body,
  });
  const response = await app.fetch(request, bindings, createExecutionContext());
  const { amountMinor, error } = await response.json<{
    amountMinor?: number;
    error?: { message: string };
  }>();
  return amountMinor ?? error?.message;
}

it("I6: a buyer gets no refund while subscribed, and none of the balance", async () => {
  const { stripe, plans } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.max);
  const [first] = (await stripe.client.invoices.list()).data;
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  expect(await refundAsBuyer(user, first?.id ?? "")).toMatch(/an active subscription/);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });
  await callSignedIn(user, "POST", "/api/subscription/change", { planId: plans.pro });
  await callSignedIn(user, "DELETE", `/api/payments/subscriptions/${subscription?.id}`);
  // 34.00 of the 49.00 are on the balance.
  expect(await refundAsBuyer(user, first?.id ?? "")).toBe(1500);
  await stripe.control.flush();
  expect(await refundAsBuyer(user, first?.id ?? "")).toMatch(
    /already fully refunded, or credited to your balance/,
  );
});

it("credits frozen for a refund of an invoice are free again, by the cron", async () => {
  const { stripe, user } = await subscribePaid();
  const [invoice] = (await stripe.client.invoices.list()).data;
  // The Worker dies between freezing and refunding.
  const sale = { invoiceId: invoice?.id ?? "" };
  await scheduleSaleCheck(database(env.DB), sale, Date.now() + MINUTE_MS);
  const account = creditAccount(env, user.userId);
  const [grant] = await account.grants({ limit: 1, before: null });
  const { operationId = "", amountMicrocredits = 0, priority = 0 } = grant ?? {};
  await account.grant({
    operationId,
    amountMicrocredits,
    priority,
    reason: "frozen for a refund",
    effectiveAt: null,
    expiresAt: grant?.expiresAt ?? null,
    standing: { voidedMicrocredits: 0, frozen: true },
  });
  expect(await available(user)).toBe(0);
  await runCron(env, Date.now() + 2 * MINUTE_MS);
  expect(await available(user)).toBe(100);
  expect((await stripe.client.refunds.list()).data).toEqual([]);
});

it("a balance comes from the newest invoices before it, and from none twice", () => {
  const invoice = (id: string, createdAt: number, totalMinor: number, more: object = {}) => ({
    id,
    createdAt,
    totalMinor,
    paidMinor: Math.max(0, totalMinor),
    refundedMinor: 0,
    status: "paid",
    ...more,
  });
  const upAndDown = [
    invoice("in_1", 1, 1500),
    invoice("in_2", 2, 3400),
    invoice("in_3", 3, -4000),
    invoice("in_4", 4, 900),
  ];
  expect([...creditedAmounts(upAndDown)]).toEqual([
    ["in_2", 3400],
    ["in_1", 600],
  ]);
  const refunded = [
    invoice("in_1", 1, 1500),
    invoice("in_2", 2, 3400, { refundedMinor: 3000 }),
    invoice("in_3", 2, -1000),
  ];
  expect([...creditedAmounts(refunded)]).toEqual([
    ["in_2", 400],
    ["in_1", 600],
  ]);
  expect(
    creditedAmounts([invoice("in_1", 1, 1500), invoice("in_2", 2, -1000, { status: "void" })]).size,
  ).toBe(0);
});

it("an older subscription that ends gives no money back for unpaid time", async () => {
  const { stripe, user, customer, subscription } = await subscribePaid();
  stripe.control.failPayments(customer);
  vi.setSystemTime(Date.now() + 32 * DAY_MS);
  stripe.control.advance(32 * 86_400);
  stripe.control.failPayments(customer, false);
  // The operator begins another one by hand, and only this event is delivered.
  const [item] = (await stripe.client.subscriptions.retrieve(subscription)).items.data;
  const card = await stripe.client.paymentMethods.attach("pm_card_visa", { customer });
  const items = [{ price: item?.price.id ?? "" }];
  const { id } = await stripe.client.subscriptions.create({
    customer,
    items,
    default_payment_method: card.id,
  });
  expect((await deliverEvent(buildEvent("customer.subscription.created", id))).status).toBe(200);
  expect(await stripe.client.subscriptions.retrieve(subscription)).toMatchObject({
    status: "canceled",
  });
  expect(await stripe.client.customers.retrieve(customer)).toMatchObject({
    balance: 0,
    email: user.email,
  });
});
