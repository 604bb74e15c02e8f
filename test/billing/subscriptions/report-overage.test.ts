import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { deleteErasedCustomers, reportOverage } from "../../../src/billing/index.ts";
import { decideUsageTime } from "../../../src/billing/subscriptions/usage-time.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/time.ts";
import { call } from "../../support/call.ts";
import { testContext } from "../../support/context.ts";
import { openCheckout } from "../../support/shop.ts";
import { signUp } from "../../support/sign-up.ts";
import { idOf, standInStripe, type TestStripe } from "../../support/stripe.ts";
import {
  config,
  createMeteredPlan,
  createSubscriptionPlans,
  readPlanAndCredits,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
beforeEach(async () => {
  await env.DB.exec("delete from overage_reports");
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.useRealTimers());

const run = (nowMs: number) => reportOverage(testContext({ config: config(), nowMs }), 50);

/** Writes a usage report, as an account's alarm does. */
async function insertReport(
  userId: string,
  number: number,
  quantity: number,
  usedAt = Date.now(),
): Promise<void> {
  await env.DB.prepare(
    `insert into overage_reports (id, user_id, event_name, quantity, used_at, attempts)
     values (?, ?, ?, ?, ?, 0)`,
  )
    .bind(`${userId}:${number}`, userId, "extra_messages", quantity, usedAt)
    .run();
}

const rows = async (userId: string) =>
  (
    await env.DB.prepare(
      `select id, sent_at as sentAt, attempts, last_error as lastError
       from overage_reports where user_id = ? order by id`,
    )
      .bind(userId)
      .all<{ id: string; sentAt: number | null; attempts: number; lastError: string | null }>()
  ).results;

/** Creates a user who is a customer of a Stripe that counts `extra_messages`. */
async function createMeteredCustomer(): Promise<{
  stripe: TestStripe;
  userId: string;
  counted: () => Promise<number>;
}> {
  const stripe = standInStripe();
  const meter = await stripe.client.billing.meters.create({
    display_name: "Extra messages",
    event_name: "extra_messages",
    default_aggregation: { formula: "sum" },
  });
  const { userId, email } = await signUp();
  const customer = await stripe.client.customers.create({ email });
  await env.DB.prepare(
    "insert into customers (user_id, stripe_customer_id, created_at) values (?, ?, 0)",
  )
    .bind(userId, customer.id)
    .run();
  const counted = async () => {
    const now = Math.floor(Date.now() / MINUTE_MS) * 60;
    const sums = await stripe.client.billing.meters.listEventSummaries(meter.id, {
      customer: customer.id,
      start_time: now - 3600 * 24 * 40,
      end_time: now + 120,
    });
    return sums.data.reduce((sum, each) => sum + each.aggregated_value, 0);
  };
  return { stripe, userId, counted };
}

it("usage past a plan is reported to Stripe once, however often the cron runs", async () => {
  const { userId, counted } = await createMeteredCustomer();
  await insertReport(userId, 1, 7);
  await insertReport(userId, 2, 5);
  expect(await run(Date.now())).toBe(2);
  expect(await run(Date.now())).toBe(0);
  expect(await counted()).toBe(12);
});

it("a report whose answer was lost is counted once: a duplicate is a success", async () => {
  const { stripe, userId, counted } = await createMeteredCustomer();
  await insertReport(userId, 1, 7);
  stripe.control.nextRequests({ answer: "lost", path: "/v1/billing/meter_events", times: 3 });
  await run(Date.now());
  stripe.control.clearSwitches();
  await run(Date.now() + 2 * MINUTE_MS);
  expect(await counted()).toBe(7);
  expect(await rows(userId)).toMatchObject([{ sentAt: expect.any(Number), lastError: null }]);
});

it("an hour without Stripe loses no report, and sends none twice", async () => {
  const { stripe, userId, counted } = await createMeteredCustomer();
  const start = Date.now();
  for (const number of [1, 2, 3]) await insertReport(userId, number, number);
  stripe.control.nextRequests({ answer: 500, path: "/v1/billing/meter_events", times: 10_000 });
  for (let minute = 0; minute < 60; minute += 10)
    expect(await run(start + minute * MINUTE_MS)).toBe(0);
  stripe.control.clearSwitches();
  let sent = 0;
  for (let minute = 60; minute <= 130; minute += 10) sent += await run(start + minute * MINUTE_MS);
  expect(sent).toBe(3);
  expect(await counted()).toBe(6);
});

it("a report that Stripe refuses does not block the others, and keeps the reason", async () => {
  const { stripe, userId, counted } = await createMeteredCustomer();
  const stranger = await signUp();
  await insertReport(stranger.userId, 1, 9);
  await insertReport(userId, 1, 7);
  await env.DB.prepare("update overage_reports set event_name = 'unknown' where user_id = ?")
    .bind(stranger.userId)
    .run();
  const customer = await stripe.client.customers.create({ email: stranger.email });
  await env.DB.prepare(
    "insert into customers (user_id, stripe_customer_id, created_at) values (?, ?, 0)",
  )
    .bind(stranger.userId, customer.id)
    .run();
  expect(await run(Date.now())).toBe(1);
  expect(await counted()).toBe(7);
  const [row] = await rows(stranger.userId);
  expect(row).toMatchObject({ sentAt: null, attempts: 1 });
  expect(row?.lastError).toContain("No active meter");
});

it("a subscription to a plan with overage has the metered price too", async () => {
  const stripe = standInStripe();
  const { slug } = await createMeteredPlan();
  const user = await subscribeUser(stripe, slug);
  expect(await readPlanAndCredits(user)).toEqual({ plan: slug, credits: 100 });
  const all = await stripe.client.subscriptions.list({ limit: 1 });
  const prices = all.data[0]?.items.data.map(({ price }) => price.recurring?.usage_type);
  expect(prices).toEqual(["licensed", "metered"]);
  // A change to a plan without overage removes the price.
  const { max } = await createSubscriptionPlans();
  const changed = await call("POST", "/api/subscription/change", {
    token: user.token,
    body: { planId: max },
  });
  expect(changed.status).toBe(200);
  const after = await stripe.client.subscriptions.list({ limit: 1 });
  expect(after.data[0]?.items.data.map(({ price }) => price.recurring?.usage_type)).toEqual([
    "licensed",
  ]);
});

const kindsOf = async (stripe: TestStripe) => {
  const [subscription] = (await stripe.client.subscriptions.list({ limit: 1 })).data;
  return subscription?.items.data.map(({ price }) => price.recurring?.usage_type).toSorted();
};

it("a subscriber changes to such a plan on our page, which adds the metered price", async () => {
  const stripe = standInStripe();
  const [{ slug }, { max }] = [await createMeteredPlan(), await createSubscriptionPlans()];
  const user = await subscribeUser(stripe, max);
  const page = await openCheckout(user.token, { planId: slug });
  expect(page.url).toMatch(/\/change\?planId=.*&interval=month&quantity=1$/);
  const changed = await call("POST", "/api/subscription/change", {
    token: user.token,
    body: { planId: slug },
  });
  expect(changed.status).toBe(200);
  expect(await kindsOf(stripe)).toEqual(["licensed", "metered"]);
});

it("a plan chosen on Stripe's page gets its metered price at the next event, once", async () => {
  const stripe = standInStripe();
  const [{ slug }, { max }] = [await createMeteredPlan(), await createSubscriptionPlans()];
  await subscribeUser(stripe, slug);
  const user = await subscribeUser(stripe, max);
  const [subscription] = (await stripe.client.subscriptions.list({ limit: 1 })).data;
  const item = subscription?.items.data[0]?.id ?? "";
  const { stripe_price_id: price } = (await env.DB.prepare(
    `select stripe_price_id from prices
     join plans on plans.id = prices.plan_id where plans.slug = ?`,
  )
    .bind(slug)
    .first<{ stripe_price_id: string }>()) ?? { stripe_price_id: "" };
  await stripe.client.subscriptions.update(subscription?.id ?? "", {
    items: [{ id: item, price }],
    proration_behavior: "always_invoice",
  });
  expect(await kindsOf(stripe)).toEqual(["licensed"]);
  await stripe.control.flush();
  expect(await kindsOf(stripe)).toEqual(["licensed", "metered"]);
  expect(await readPlanAndCredits(user)).toMatchObject({ plan: slug });
  // A subscription that ended is left as it is.
  await stripe.client.subscriptions.cancel(subscription?.id ?? "");
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toMatchObject({ plan: expect.not.stringContaining(slug) });
});

/** Creates a subscriber who owes 20.00 for usage past the plan. */
async function createOverageSubscriber() {
  const stripe = standInStripe();
  const { slug } = await createMeteredPlan();
  const user = await subscribeUser(stripe, slug);
  const [subscription] = (await stripe.client.subscriptions.list({ limit: 1 })).data;
  const customer = idOf(subscription?.customer);
  const event_name = `more_${slug.replaceAll("-", "_")}`;
  await stripe.client.billing.meterEvents.create({
    event_name,
    payload: { stripe_customer_id: customer, value: "1000" },
  });
  stripe.control.advance(3600);
  const charged = async () =>
    (await stripe.client.charges.list({ customer })).data.map(({ amount }) => amount);
  return { user, subscriptionId: subscription?.id ?? "", charged };
}

it("ending a subscription at once bills the usage past the plan", async () => {
  const { user, subscriptionId, charged } = await createOverageSubscriber();
  const ended = await call("DELETE", `/api/payments/subscriptions/${subscriptionId}`, {
    token: user.token,
  });
  expect(await ended.json()).toMatchObject({ status: "canceled" });
  expect(await charged()).toEqual([2000, 1500]);
});

it("deleting the account bills it too", async () => {
  const { user, charged } = await createOverageSubscriber();
  const body = { currentPassword: user.password };
  expect((await call("DELETE", "/api/users/me", { token: user.token, body })).status).toBe(204);
  await deleteErasedCustomers(testContext({ config: config() }), 10);
  expect(await charged()).toEqual([2000, 1500]);
});

it("usage that is late for its period's invoice is in the next one, once", async () => {
  const stripe = standInStripe();
  const { slug } = await createMeteredPlan();
  const user = await subscribeUser(stripe, slug);
  const [subscription] = (await stripe.client.subscriptions.list({ limit: 1 })).data;
  const end = subscription?.items.data[0]?.current_period_end ?? 0;
  const now = Math.floor(Date.now() / 1000);
  // Two hours into the next period: the invoice of the one before is final.
  stripe.control.advance(end - now + 2 * 3600);
  await stripe.control.flush();
  await insertReport(user.userId, 1, 50, (end - 60) * 1000);
  await env.DB.prepare("update overage_reports set event_name = ? where user_id = ?")
    .bind(`more_${slug.replaceAll("-", "_")}`, user.userId)
    .run();
  stripe.control.nextRequests({ answer: "lost", path: "/v1/billing/meter_events", times: 1 });
  await run((end + 2 * 3600) * 1000);
  await run((end + 3 * 3600) * 1000);
  expect(await rows(user.userId)).toMatchObject([{ sentAt: expect.any(Number) }]);
  stripe.control.advance(32 * 86_400);
  const { data } = await stripe.client.invoices.list({ subscription: subscription?.id ?? "" });
  const usage = data
    .flatMap(({ lines }) => lines.data)
    .filter(({ amount, description }) => amount > 0 && description?.startsWith("50 ×") === true);
  expect(usage.map(({ amount }) => amount)).toEqual([100]);
});

it("usage is reported as of its own time while its period's invoice may have it", () => {
  const [start, end] = [40 * DAY_MS, 70 * DAY_MS];
  const periods = [{ currentPeriodStart: start, currentPeriodEnd: end }];
  const at = (usedAt: number, now: number) => decideUsageTime(usedAt, periods, now);
  expect(at(start + 1, end - 1)).toBe(start + 1);
  expect(at(start - 1, start + 29 * MINUTE_MS)).toBe(start - 1);
  expect(at(start - 1, start + 30 * MINUTE_MS)).toBe(start + 30 * MINUTE_MS);
  // The next period began, and its renewal is not known here yet.
  expect(at(end - 1, end + HOUR_MS)).toBe(end + HOUR_MS);
  expect(at(end + 1, end + HOUR_MS)).toBe(end + 1);
  expect(decideUsageTime(0, [], 35 * DAY_MS)).toBe(35 * DAY_MS);
  expect(decideUsageTime(DAY_MS, [], 30 * DAY_MS)).toBe(DAY_MS);
});
