import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "../../../src/time.ts";
import { callAsAdmin } from "../../support/admin.ts";
import { call } from "../../support/call.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

interface SubscriptionView {
  readonly id: string;
  readonly status: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly clientSecret?: string | null;
}

const fetchSubscription = async (user: TestUser): Promise<SubscriptionView> =>
  await (await callSignedIn(user, "GET", "/api/subscription")).json();
const errorOf = async (response: Response) => {
  const { error } = await response.json<{ error: { code: string; param: string | null } }>();
  return { status: response.status, code: error.code };
};

async function withPro(): Promise<TimedStripe & { user: TestUser; id: string }> {
  const timed = await standInTimedStripe();
  const user = await subscribeUser(timed.stripe, timed.plans.pro);
  return { ...timed, user, id: (await fetchSubscription(user)).id };
}

describe("canceling", () => {
  it("keeps plan and credits until the period ends, and then leaves Free", async () => {
    const { user, plans, advance, id } = await withPro();
    const canceled = await callSignedIn(user, "POST", "/api/subscription/cancel");
    expect(await canceled.json()).toMatchObject({
      status: "active",
      cancelAtPeriodEnd: true,
      productId: expect.stringMatching(/^prod_/),
      stripeCustomerId: expect.stringMatching(/^cus_/),
      stripeSubscriptionId: id,
      updatedAt: expect.any(String),
    });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    expect((await callSignedIn(user, "POST", "/api/subscription/cancel")).status).toBe(200);
    await advance(31 * DAY_MS + 1000);
    expect((await readPlanAndCredits(user)).plan).toBe("free");
    await advance(6 * 3_600_000);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    expect(await fetchSubscription(user)).toMatchObject({
      id: null,
      status: "free",
      stripeSubscriptionId: null,
      stripeCustomerId: expect.stringMatching(/^cus_/),
    });
  });

  it("is undone by resuming", async () => {
    const { user, plans, advance } = await withPro();
    await callSignedIn(user, "POST", "/api/subscription/cancel");
    const resumed = await callSignedIn(user, "POST", "/api/subscription/resume");
    expect(await resumed.json()).toMatchObject({ status: "active", cancelAtPeriodEnd: false });
    await advance(31 * DAY_MS + 7 * 3_600_000);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("and resuming without a subscription are 404", async () => {
    const { token } = await signUp();
    for (const action of ["cancel", "resume"]) {
      const answer = await call("POST", `/api/subscription/${action}`, { token });
      expect(await errorOf(answer), action).toEqual({ status: 404, code: "not_found" });
    }
  });

  it("at once ends the plan, and leaves the paid credits until their period ends", async () => {
    const { user, id, advance } = await withPro();
    const ended = await callSignedIn(user, "DELETE", `/api/payments/subscriptions/${id}`);
    expect(await ended.json()).toMatchObject({ id, status: "canceled" });
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 100 });
    expect((await callSignedIn(user, "DELETE", `/api/payments/subscriptions/${id}`)).status).toBe(
      200,
    );
    expect(
      await errorOf(
        await callSignedIn(user, "PATCH", `/api/payments/subscriptions/${id}`, {
          cancelAtPeriodEnd: true,
        }),
      ),
    ).toEqual({
      status: 409,
      code: "conflict",
    });
    await advance(32 * DAY_MS);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
  });

  it("is 503 while Stripe cannot be reached, and changes nothing", async () => {
    const { user, stripe, plans } = await withPro();
    stripe.control.nextRequests({ answer: 500, path: "/v1/subscriptions/", times: 10 });
    expect(await errorOf(await callSignedIn(user, "POST", "/api/subscription/cancel"))).toEqual({
      status: 503,
      code: "billing_unavailable",
    });
    stripe.control.clearSwitches();
    expect(await fetchSubscription(user)).toMatchObject({
      status: "active",
      cancelAtPeriodEnd: false,
    });
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });
});

describe("I10: a subscription", () => {
  it("is its owner's and an admin's: to anyone else it is 404, and stays as it is", async () => {
    const { user, id } = await withPro();
    const other = await signUp();
    const path = `/api/payments/subscriptions/${id}`;
    for (const [method, body] of [
      ["GET"],
      ["PATCH", { cancelAtPeriodEnd: true }],
      ["DELETE"],
    ] as const) {
      const answer = await callSignedIn(other, method, path, body);
      expect(await errorOf(answer), method).toEqual({ status: 404, code: "not_found" });
    }
    expect(
      (await callSignedIn(other, "GET", `/api/payments/users/${user.userId}/subscriptions`)).status,
    ).toBe(404);
    expect(await (await callSignedIn(user, "GET", path)).json()).toMatchObject({
      id,
      status: "active",
      cancelAtPeriodEnd: false,
    });
    const list = await callSignedIn(user, "GET", "/api/payments/users/me/subscriptions");
    expect(await list.json()).toMatchObject({ object: "list", data: [{ id }], hasMore: false });
    vi.useRealTimers();
    expect(await (await callAsAdmin("GET", path)).json()).toMatchObject({ id });
    expect(
      await (await callAsAdmin("GET", `/api/payments/users/${user.userId}/subscriptions`)).json(),
    ).toMatchObject({
      data: [{ id }],
    });
  });
});

it("subscriptions come in pages, newest first, however many a user had", async () => {
  const user = await signUp();
  const columns = await env.DB.prepare("pragma table_info(subscriptions)").all<{
    name: string;
    type: string;
    notnull: number;
  }>();
  const values: Record<string, string> = {
    id: `'sub_' || '${user.userId}' || n`,
    user_id: `'${user.userId}'`,
    status: "'canceled'",
    plan_id: "'pln_x'",
    currency: "'usd'",
    quantity: "1",
    created_at: "1700000000000 + n / 2",
  };
  const names = columns.results.map(({ name }) => name);
  const selected = columns.results.map(
    ({ name, type, notnull }) =>
      values[name] ?? (notnull === 0 ? "null" : type === "INTEGER" ? "1700000000000" : "'x'"),
  );
  await env.DB.prepare(
    `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 25)
    insert into subscriptions (${names.join()}) select ${selected.join()} from numbers`,
  ).run();
  const path = "/api/payments/users/me/subscriptions";
  const seen: string[] = [];
  let cursor = "";
  for (const size of [10, 10, 5]) {
    const page = await (await callSignedIn(user, "GET", path + cursor)).json<{
      data: { id: string }[];
      hasMore: boolean;
      nextCursor: string | null;
    }>();
    expect([page.data.length, page.hasMore]).toEqual([size, size === 10]);
    seen.push(...page.data.map(({ id }) => id));
    cursor = `?cursor=${page.nextCursor}`;
  }
  expect(new Set(seen).size).toBe(25);
  const newest = `sub_${user.userId}`;
  expect(seen.slice(0, 3)).toEqual([`${newest}25`, `${newest}24`, `${newest}23`]);
});

describe("subscribing with a saved card", () => {
  /** Signs up a user with a customer and a card at Stripe. */
  async function withCard(stripe: TimedStripe["stripe"], number: string) {
    const user = await signUp();
    const customer = await stripe.client.customers.create({
      email: user.email,
      metadata: { userId: user.userId },
    });
    await env.DB.prepare(
      "insert into customers (user_id, stripe_customer_id, created_at) values (?, ?, 0)",
    )
      .bind(user.userId, customer.id)
      .run();
    const method = await stripe.client.paymentMethods.attach(number, { customer: customer.id });
    return { user, method: method.id };
  }
  const subscribeTo = (user: TestUser, body: Record<string, unknown>) =>
    callSignedIn(user, "POST", "/api/payments/subscriptions", body);

  it("begins at once, and only once", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const { user, method } = await withCard(stripe, "pm_card_visa");
    const both = await Promise.all([
      subscribeTo(user, { planId: plans.pro, paymentMethodId: method }),
      subscribeTo(user, { planId: plans.pro, paymentMethodId: method }),
    ]);
    // The other answer is the same one, or the refusal of a second subscription.
    const begun = both.find(({ status }) => status === 201);
    expect(await begun?.json()).toMatchObject({ status: "active", clientSecret: null });
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
    const all = await stripe.client.subscriptions.list({ status: "all" });
    expect(all.data).toHaveLength(1);
    expect(
      await errorOf(await subscribeTo(user, { planId: plans.max, paymentMethodId: method })),
    ).toEqual({
      status: 409,
      code: "already_purchased",
    });
  });

  it("on trial needs a card too, which pays when the trial ends", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const { user, method } = await withCard(stripe, "pm_card_visa");
    const refused = await subscribeTo(user, { planId: plans.trial });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { code: "invalid_request", param: "paymentMethodId" },
    });
    const begun = await subscribeTo(user, { planId: plans.trial, paymentMethodId: method });
    expect(await begun.json()).toMatchObject({ status: "trialing" });
  });

  it("that is declined is 422, and leaves nothing behind", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const { user, method } = await withCard(stripe, "pm_card_chargeCustomerFail");
    expect(
      await errorOf(await subscribeTo(user, { planId: plans.pro, paymentMethodId: method })),
    ).toEqual({
      status: 422,
      code: "card_declined",
    });
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    expect(await fetchSubscription(user)).toMatchObject({ id: null, status: "free" });
  });

  it("that needs authentication is incomplete, with a secret for the browser", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const { user, method } = await withCard(stripe, "pm_card_authenticationRequired");
    const begun = await subscribeTo(user, { planId: plans.pro, paymentMethodId: method });
    expect(begun.status).toBe(201);
    const shown = await begun.json<SubscriptionView>();
    expect(shown).toMatchObject({ status: "incomplete" });
    expect(shown.clientSecret).toMatch(/^pi_.+_secret_/);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    const intentId = shown.clientSecret?.split("_secret_")[0] ?? "";
    // The browser does this with the secret.
    await stripe.client.paymentIntents.confirm(intentId, {
      payment_method: method,
      return_url: "http://farebox.test/",
    });
    expect(stripe.control.authenticateIntent(intentId, "complete")).toBe(true);
    await stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  });

  it("of another customer is refused", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const { method } = await withCard(stripe, "pm_card_visa");
    const { user } = await withCard(stripe, "pm_card_visa");
    const answer = await subscribeTo(user, { planId: plans.pro, paymentMethodId: method });
    expect(await errorOf(answer)).toEqual({ status: 422, code: "stripe_refused" });
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
  });
});
