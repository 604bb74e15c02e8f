import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { recheckOpenOrders } from "../../src/billing/index.ts";
import { readConfig } from "../../src/config.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  DELIVERED_OUTCOME,
  DELIVERED_STATE,
  loadShopCatalog,
  openCheckout,
  openPaidSale,
  openSale,
  readSaleOutcome,
  readUserState,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, signDelivery } from "../support/webhook.ts";

const config = readConfig(env);
const recheck = (afterMs: number, limit = 100) =>
  recheckOpenOrders(testContext({ config, nowMs: Date.now() + afterMs }), limit);

beforeAll(loadShopCatalog);
// A test checks its own orders only.
beforeEach(async () => {
  await env.DB.prepare("update orders set next_check_at = null").run();
});

describe("an order whose events were lost", () => {
  it("is left to the webhook at first", async () => {
    const { user } = await openPaidSale();
    expect(await recheck(9 * MINUTE_MS)).toBe(0);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
  });

  it("I7: is delivered when it was paid, and never checked again", async () => {
    const { user } = await openPaidSale();
    expect(await recheck(11 * MINUTE_MS)).toBe(1);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    expect(await recheck(365 * 24 * 60 * MINUTE_MS)).toBe(0);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("fails when its page expired", async () => {
    const { stripe, user, sessionId } = await openSale();
    stripe.control.expire(sessionId);
    await recheck(11 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "failed" }],
      sessions: [{ status: "canceled" }],
    });
  });

  it("is checked ever more seldom while its page is open, and delivered once paid", async () => {
    const { stripe, user, url } = await openSale();
    expect(await recheck(20 * MINUTE_MS)).toBe(1);
    expect(await recheck(39 * MINUTE_MS)).toBe(0);
    expect(await recheck(41 * MINUTE_MS)).toBe(1);
    expect(await recheck(81 * MINUTE_MS)).toBe(0);
    expect(await readUserState(user)).toMatchObject({ orders: [{ status: "pending" }] });
    await stripe.pay(url);
    expect(await recheck(83 * MINUTE_MS)).toBe(1);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("waits for a bank debit, and is checked at least every six hours", async () => {
    const { stripe, user, url, sessionId } = await openSale();
    await stripe.pay(url, { method: "us_bank_account" });
    const day = 24 * 60 * MINUTE_MS;
    await recheck(5 * day);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "processing" }],
    });
    stripe.control.completeDebit(sessionId, "succeeded");
    expect(await recheck(5 * day + 5.9 * 60 * MINUTE_MS)).toBe(0);
    expect(await recheck(5 * day + 6.1 * 60 * MINUTE_MS)).toBe(1);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });
});

it("I7: a crash at any step of fulfilment is repaired without another event", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const stripe = standInStripe();
  let steps = 0;
  for (let done = false; !done; ) {
    steps += 1;
    // Of their own: a user makes 30 payment requests in 15 minutes at most.
    const user = await signUp();
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-level2" });
    await stripe.pay(url);
    const worker = workerDyingAt(steps);
    await worker.send(await signDelivery(buildEvent(COMPLETED, sessionId)));
    done = !worker.died();
    await recheck(11 * MINUTE_MS);
    expect(await readSaleOutcome(user, sessionId), `dying at step ${steps}`).toEqual(
      DELIVERED_OUTCOME,
    );
  }
  expect(steps).toBeGreaterThan(8);
});

it("a crash at any step of a checkout leaves nothing open", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  standInStripe();
  const { token, userId } = await signUp();
  for (let step = 1, done = false; !done; step += 1) {
    const worker = workerDyingAt(step);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ planId: "t-pack" });
    const answer = await worker.send(
      new Request("http://farebox.test/api/checkout", { method: "POST", headers, body }),
    );
    done = !worker.died();
    expect(answer.status === 200, `dying at step ${step}`).toBe(done);
    await recheck(25 * 60 * MINUTE_MS);
    const open = await env.DB.prepare(
      "select count(*) as n from orders where user_id = ? and status = 'pending'",
    )
      .bind(userId)
      .first<{ n: number }>();
    expect(open?.n, `dying at step ${step}`).toBe(done ? 1 : 0);
  }
});

it("rechecking stops at once while Stripe cannot be reached, and resumes when it can", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const stripe = standInStripe();
  const user = await signUp();
  for (let at = 0; at < 3; at += 1)
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
  let requests = 0;
  fakeNetwork.standIn("stripe.test", () => {
    requests += 1;
    return Response.json(
      { error: { type: "api_error", message: "down" } },
      { status: 500, headers: { "stripe-should-retry": "false" } },
    );
  });
  expect(await recheck(11 * MINUTE_MS)).toBe(0);
  expect(requests).toBe(1);
  fakeNetwork.standIn("stripe.test", stripe.fetch);
  expect(await recheck(60 * MINUTE_MS)).toBe(3);
  expect((await readUserState(user)).creditBalance).toBe(300);
});

it("an order that always fails does not block the others", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const stripe = standInStripe();
  const user = await signUp();
  const broken = await openCheckout(user.token, { planId: "t-pack" });
  const whole = await openCheckout(user.token, { planId: "t-pack" });
  for (const { url } of [broken, whole]) await stripe.pay(url);
  await env.DB.prepare(
    "update checkout_sessions set stripe_id = 'cs_test_gone' where stripe_id = ?",
  )
    .bind(broken.sessionId)
    .run();
  expect(await recheck(11 * MINUTE_MS, 1)).toBe(0);
  expect(await recheck(11 * MINUTE_MS, 1)).toBe(1);
  expect((await readUserState(user)).creditBalance).toBe(100);
});
