import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcile } from "../../src/billing/index.ts";
import { HANDLED_EVENT_TYPES } from "../../src/billing/sync/event-handlers.ts";
import { listKnownEventIds } from "../../src/billing/sync/inbox.ts";
import { readConfig } from "../../src/config.ts";
import { runCron } from "../../src/cron.ts";
import { database } from "../../src/db.ts";
import { DAY_MS, MINUTE_MS } from "../../src/time.ts";
import { callAsAdmin } from "../support/admin.ts";
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
import { countStripeCalls } from "../support/stripe-traffic.ts";
import { createSubscriptionPlans, readPlanAndCredits } from "../support/subscriber.ts";

const config = readConfig(env);

/** Runs the reconciliation as the cron does, some time from now. */
const run = (afterMs = 0, { events = 100, leaveSeconds = 0 } = {}) =>
  reconcile(testContext({ config, nowMs: Date.now() + afterMs }), {
    eventsMax: events,
    minAgeSeconds: leaveSeconds,
  });

/** Returns a run with its missed events about checkout pages alone. */
async function missedPages(running: ReturnType<typeof run>) {
  const done = await running;
  if (!done.ok) throw new Error(done.failure.message);
  const { missed, ...rest } = done.value;
  return { ...rest, pages: missed.filter((event) => event.type.startsWith("checkout.session.")) };
}

const cursor = async (): Promise<number> =>
  Number(
    (
      await env.DB.prepare("select value from cursors where name = 'stripe events'").first<{
        value: string;
      }>()
    )?.value,
  );

const stubStripeDown = () =>
  Response.json(
    { error: { type: "api_error", message: "down" } },
    { status: 500, headers: { "stripe-should-retry": "false" } },
  );

beforeAll(loadShopCatalog);
// A test handles its own events only.
beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("delete from cursors"),
    env.DB.prepare("update orders set next_check_at = null"),
    env.DB.prepare("update stripe_events set next_try_at = null"),
  ]);
});

describe("events that no webhook delivered", () => {
  it("I7: are handled by the cron, by the same path", async () => {
    const { user } = await openPaidSale();
    await env.DB.prepare("update orders set next_check_at = null").run();
    await runCron(env, Date.now() + 5 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    const listed = await (
      await callAsAdmin("GET", "/api/admin/events?type=checkout.session.completed&limit=1")
    ).json();
    expect(listed).toMatchObject({ data: [{ status: "processed", attempts: 1, nextTryAt: null }] });
  });

  it("I6: are handled for payments and reversals, of orders and subscriptions", async () => {
    const { stripe, user, url, sessionId } = await openSale();
    await stripe.pay(url);
    const session = await stripe.client.checkout.sessions.retrieve(sessionId);
    if (typeof session.payment_intent !== "string") throw new Error("This page was not paid.");
    await stripe.client.refunds.create({ payment_intent: session.payment_intent, amount: 333 });
    const plans = await createSubscriptionPlans();
    const subscribed = await signUp();
    await stripe.pay((await openCheckout(subscribed.token, { planId: plans.pro })).url);
    await env.DB.prepare("update orders set next_check_at = null").run();
    await runCron(env, Date.now() + 5 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 66.666667,
      orders: [{ status: "completed" }],
    });
    expect(await readPlanAndCredits(subscribed)).toEqual({ plan: plans.pro, credits: 100 });
    await stripe.client.refunds.create({ payment_intent: session.payment_intent });
    await runCron(env, Date.now() + 10 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "refunded" }],
    });
  });

  it("are left to the webhook for two minutes", async () => {
    const { user } = await openPaidSale();
    await runCron(env, Date.now() + MINUTE_MS);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
    await runCron(env, Date.now() + 4 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("are handled once, however often it runs, and delivered ones are left alone", async () => {
    const { stripe, user, url } = await openSale();
    await stripe.pay(url);
    await stripe.control.deliver();
    const delivered = await run();
    expect(delivered).toMatchObject({ ok: true, value: { missed: [], isComplete: true } });
    const second = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(second.url);
    expect((await missedPages(run())).pages).toMatchObject([
      { type: "checkout.session.completed", outcome: "processed" },
    ]);
    expect(await run()).toMatchObject({ ok: true, value: { missed: [] } });
    expect((await readUserState(user)).creditBalance).toBe(200);
  });

  it("are handled once by several runs at once", async () => {
    const { user, sessionId } = await openPaidSale();
    await Promise.all([run(), run(), run()]);
    expect(await readSaleOutcome(user, sessionId)).toEqual(DELIVERED_OUTCOME);
    expect((await readUserState(user)).creditBalance).toBe(100);
  });

  it("are handled in order and within the limit of a run; the next run continues", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    for (let made = 0; made < 5; made += 1) {
      await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
      stripe.control.advance(1);
    }
    const seen: string[] = [];
    for (let isComplete = false; !isComplete; ) {
      const result = await run(MINUTE_MS, { events: 3 });
      if (!result.ok) throw new Error(result.failure.message);
      isComplete = result.value.isComplete;
      expect(result.value.missed.length).toBeLessThanOrEqual(3);
      if (!isComplete) expect(result.value.missed).toHaveLength(3);
      seen.push(...result.value.missed.map((event) => event.id));
    }
    // An event that is covered together with one before it is not handled by itself.
    expect(new Set(seen).size).toBe(seen.length);
    const made = stripe.control
      .events()
      .filter((event) => HANDLED_EVENT_TYPES.includes(event.type));
    const known = await listKnownEventIds(
      database(env.DB),
      made.map((event) => event.id),
    );
    expect(known.size).toBe(made.length);
    expect((await readUserState(user)).creditBalance).toBe(500);
  });

  it("are found among more than a page of events, even within one second", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { sessionId, url } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url);
    // Sessions of others, whose events are ignored: 130 in one second, and 40 that are spread out.
    const price = await stripe.client.prices.create({
      currency: "usd",
      unit_amount: 999,
      product_data: { name: "Another's" },
    });
    for (let made = 0; made < 170; made += 1) {
      const other = await stripe.client.checkout.sessions.create({
        mode: "payment",
        line_items: [{ quantity: 1, price: price.id }],
        success_url: "http://elsewhere.test/",
      });
      stripe.control.expire(other.id);
      if (made >= 130) stripe.control.advance(7);
    }
    const { isComplete, pages } = await missedPages(run(DAY_MS, { events: 1000 }));
    expect(isComplete).toBe(true);
    expect(new Set(pages.map((event) => event.id)).size).toBe(171);
    expect(await readSaleOutcome(user, sessionId)).toEqual(DELIVERED_OUTCOME);
  });

  it("are read as far back as Stripe remembers, and a gap before that is reported", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { stripe, user } = await openPaidSale();
    await run();
    stripe.control.advance(31 * 86_400);
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    const result = await missedPages(run(32 * DAY_MS));
    expect(result).toMatchObject({ hasGap: true, pages: [{ outcome: "processed" }] });
    expect(await run(32 * DAY_MS)).toMatchObject({
      ok: true,
      value: { hasGap: false, missed: [] },
    });
  });
});

describe("the cursor", () => {
  it("moves only past events in the inbox: the next run repairs a crash at any step", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    let step = 0;
    for (let done = false; !done; ) {
      // The first steps are those of the run itself; later ones are within one event after another.
      step += step < 10 ? 1 : 13;
      const { user, sessionId } = await openPaidSale("t-level2");
      const worker = workerDyingAt(step);
      await reconcile(testContext({ env: worker.env, config }), {
        eventsMax: 100,
        minAgeSeconds: 0,
      }).catch(() => undefined);
      done = !worker.died();
      await env.DB.prepare("update orders set next_check_at = null").run();
      await runCron(env, Date.now() + 11 * MINUTE_MS);
      expect(await readSaleOutcome(user, sessionId), `dying at step ${step}`).toEqual(
        DELIVERED_OUTCOME,
      );
      await env.DB.prepare("delete from cursors").run();
    }
    expect(step).toBeGreaterThan(20);
  });

  it("stays while Stripe cannot be reached, and advances when it can", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { stripe, user } = await openPaidSale();
    await run(-DAY_MS);
    const before = await cursor();
    fakeNetwork.standIn("stripe.test", stubStripeDown);
    expect(await run()).toMatchObject({ ok: false, failure: { code: "billing_unavailable" } });
    expect(await cursor()).toBe(before);
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    await run();
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    expect(await cursor()).toBeGreaterThan(before);
  });

  it("stays at the first event that failed with Stripe, and that event is retried", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const stripe = standInStripe();
    const user = await signUp();
    for (let made = 0; made < 2; made += 1)
      await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    fakeNetwork.standIn("stripe.test", (request) =>
      new URL(request.url).pathname === "/v1/events" ? stripe.fetch(request) : stubStripeDown(),
    );
    const stopped = await run();
    if (!stopped.ok) throw new Error(stopped.failure.message);
    expect(stopped.value.isComplete).toBe(false);
    expect(stopped.value.missed.filter((event) => event.outcome === "failed")).toHaveLength(1);
    expect(stopped.value.missed.at(-1)).toMatchObject({ outcome: "failed" });
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    await runCron(env, Date.now() + 11 * MINUTE_MS);
    expect((await readUserState(user)).creditBalance).toBe(200);
  });

  it("never moves back", async () => {
    standInStripe();
    await run();
    const before = await cursor();
    await run(-DAY_MS);
    expect(await cursor()).toBe(before);
  });
});

describe("how often the cron reads Stripe's events", () => {
  /** Runs the cron every minute, and counts the reads of Stripe's events. */
  async function readsOf(minutes: number, fromMs = Date.now()): Promise<number> {
    const calls = countStripeCalls();
    for (let minute = 0; minute < minutes; minute += 1)
      await runCron(env, fromMs + minute * MINUTE_MS);
    return calls().filter((each) => each.startsWith("GET /v1/events ")).length;
  }

  it("takes at most 6,000 reads a month while nothing is open", async () => {
    standInStripe();
    // Of other tests.
    await env.DB.batch([
      env.DB.prepare("update orders set next_check_at = null"),
      env.DB.prepare("update stripe_events set status = 'processed', next_try_at = null"),
    ]);
    await readsOf(1);
    const quarters = 2;
    const reads = await readsOf(quarters * 15, Date.now() + MINUTE_MS);
    expect((reads / quarters) * 4 * 24 * 30).toBeLessThanOrEqual(6000);
    expect(reads).toBeGreaterThan(0);
  });

  it("is every minute while a sale stays open that was begun minutes ago", async () => {
    await runCron(env, Date.now());
    const { user } = await openPaidSale();
    await runCron(env, Date.now() + 3 * MINUTE_MS);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("is every minute after an event that could not be handled", async () => {
    await runCron(env, Date.now());
    const { stripe, url } = await openSale();
    await stripe.pay(url);
    await env.DB.prepare("update orders set next_check_at = null").run();
    stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 100 });
    await stripe.control.deliver();
    stripe.control.clearSwitches();
    expect(await readsOf(1, Date.now() + 3 * MINUTE_MS)).toBeGreaterThan(0);
  });

  it("is at once after the cron finds a sale that was paid and no event told of", async () => {
    const first = await openPaidSale();
    const { user } = first;
    await env.DB.prepare("update orders set next_check_at = null").run();
    await first.stripe.control.flush();
    await runCron(env, Date.now());
    const later = Date.now() + 2 * MINUTE_MS;
    expect(await readsOf(1, later)).toBe(0);
    const second = await openCheckout(user.token, { planId: "t-pack" });
    await first.stripe.pay(second.url);
    await env.DB.prepare(
      `update orders set next_check_at = 1, created_at = 1
        where user_id = ? and status = 'pending'`,
    )
      .bind(user.userId)
      .run();
    await runCron(env, later + MINUTE_MS);
    expect((await readUserState(user)).creditBalance).toBe(200);
    expect(await readsOf(1, later + 2 * MINUTE_MS)).toBeGreaterThan(0);
  });
});

describe("POST /api/admin/reconcile", () => {
  it("runs it now and returns the result", async () => {
    const { user, sessionId } = await openPaidSale();
    const answer = await callAsAdmin("POST", "/api/admin/reconcile");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      isComplete: true,
      hasGap: false,
      missed: expect.arrayContaining([
        {
          id: expect.any(String),
          type: "checkout.session.completed",
          objectId: sessionId,
          outcome: "processed",
        },
      ]),
      retried: { tried: 0, settled: 0 },
    });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("answers 503 while Stripe cannot be reached", async () => {
    fakeNetwork.standIn("stripe.test", stubStripeDown);
    const answer = await callAsAdmin("POST", "/api/admin/reconcile");
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: "billing_unavailable" } });
  });
});
