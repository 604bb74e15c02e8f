import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcile } from "../../src/billing/index.ts";
import { readConfig } from "../../src/config.ts";
import { runCron } from "../../src/cron.ts";
import { asAdmin } from "../support/admin.ts";
import { dyingAt } from "../support/crash.ts";
import { outside } from "../support/outside.ts";
import { DELIVERED, openCheckout, openSale, openShop, outcomeOf, paidSale, SOLD, stateOf } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const config = readConfig(env);

/** A run as the cron makes it, some time from now. */
const run = (afterMs = 0, { events = 100, leaveSeconds = 0 } = {}) =>
  reconcile(env, config, Date.now() + afterMs, { events, leaveSeconds });

const cursor = async (): Promise<number> =>
  Number((await env.DB.prepare("select value from cursors where name = 'stripe events'").first<{ value: string }>())?.value);

const answersDown = () =>
  Response.json({ error: { type: "api_error", message: "down" } }, { status: 500, headers: { "stripe-should-retry": "false" } });

beforeAll(openShop);
// What other tests in this file left open, and how far they came, is none of this one's business.
beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("delete from cursors"),
    env.DB.prepare("update orders set next_check_at = null"),
    env.DB.prepare("update stripe_events set next_try_at = null"),
  ]);
});

describe("events that no webhook brought", () => {
  it("I7: are handled by the cron, by the same path", async () => {
    const { user } = await paidSale();
    await env.DB.prepare("update orders set next_check_at = null").run();
    await runCron(env, Date.now() + 5 * MINUTE);
    expect(await stateOf(user)).toMatchObject(DELIVERED);
    const listed = await (await asAdmin("GET", "/api/admin/events?type=checkout.session.completed&limit=1")).json();
    expect(listed).toMatchObject({ data: [{ status: "processed", attempts: 1, nextTryAt: null }] });
  });

  it("are left to the webhook for two minutes", async () => {
    const { user } = await paidSale();
    await runCron(env, Date.now() + MINUTE);
    expect(await stateOf(user)).toMatchObject({ creditBalance: 0, orders: [{ status: "pending" }] });
    await runCron(env, Date.now() + 4 * MINUTE);
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });

  it("are handled once, however often it runs, and those that were delivered are left alone", async () => {
    const { stripe, user, url } = await openSale();
    await stripe.pay(url);
    await stripe.control.deliver();
    const delivered = await run();
    expect(delivered).toMatchObject({ ok: true, value: { missed: [], isComplete: true } });
    const second = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(second.url);
    expect(await run()).toMatchObject({ ok: true, value: { missed: [{ outcome: "processed" }] } });
    expect(await run()).toMatchObject({ ok: true, value: { missed: [] } });
    expect((await stateOf(user)).creditBalance).toBe(200);
  });

  it("are handled once when two run at once", async () => {
    const { user, sessionId } = await paidSale();
    await Promise.all([run(), run(), run()]);
    expect(await outcomeOf(user, sessionId)).toEqual(SOLD);
    expect((await stateOf(user)).creditBalance).toBe(100);
  });

  it("are handled in order and within the bound of a run; the next run goes on", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    for (let made = 0; made < 5; made += 1) {
      await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
      stripe.control.advance(1);
    }
    const done: number[] = [];
    for (let at = 0; at < 3; at += 1) {
      const result = await run(MINUTE, { events: 2 });
      if (!result.ok) throw new Error(result.failure.message);
      done.push(result.value.missed.length);
      expect(result.value.isComplete).toBe(at === 2);
    }
    expect(done).toEqual([2, 2, 1]);
    expect((await stateOf(user)).creditBalance).toBe(500);
  });

  it("are found among more than a page of them, also where one second has more than a page", { timeout: 60_000 }, async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { sessionId, url } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url);
    // Others' sessions, whose events are ignored: 130 in one second, and 40 that are spread out.
    for (let made = 0; made < 170; made += 1) {
      const other = await stripe.client.checkout.sessions.create({
        mode: "payment",
        line_items: [{ quantity: 1, price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Another's" } } }],
        success_url: "http://elsewhere.test/",
      });
      stripe.control.expire(other.id);
      if (made >= 130) stripe.control.advance(7);
    }
    const result = await run(DAY, { events: 500 });
    if (!result.ok) throw new Error(result.failure.message);
    expect(result.value.isComplete).toBe(true);
    expect(result.value.missed).toHaveLength(171);
    expect(new Set(result.value.missed.map((event) => event.id)).size).toBe(171);
    expect(await outcomeOf(user, sessionId)).toEqual(SOLD);
  });

  it("are looked for as far back as Stripe remembers, which is said when it is not far enough", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { stripe, user } = await paidSale();
    await run();
    stripe.control.advance(31 * 86_400);
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    const result = await run(32 * DAY);
    expect(result).toMatchObject({ ok: true, value: { hasGap: true, missed: [{ outcome: "processed" }] } });
    expect(await run(32 * DAY)).toMatchObject({ ok: true, value: { hasGap: false, missed: [] } });
  });
});

describe("the place up to which events were read", () => {
  it("moves past what is in the inbox only: a crash at any step is healed by the next run", { timeout: 60_000 }, async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const stripe = standInStripe();
    const user = await signUp();
    let steps = 0;
    for (let done = false; !done; ) {
      steps += 1;
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-level2" });
      await stripe.pay(url);
      const worker = dyingAt(steps);
      await reconcile(worker.env, config, Date.now(), { events: 100, leaveSeconds: 0 }).catch(() => undefined);
      done = !worker.died();
      await runCron(env, Date.now() + 11 * MINUTE);
      expect(await outcomeOf(user, sessionId), `dying at step ${steps}`).toEqual(SOLD);
      await env.DB.prepare("update orders set next_check_at = null").run();
    }
    expect(steps).toBeGreaterThan(10);
  });

  it("stays where it is while Stripe cannot be reached, and goes on when it can", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { stripe, user } = await paidSale();
    await run(-DAY);
    const before = await cursor();
    outside.standIn("stripe.test", answersDown);
    expect(await run()).toMatchObject({ ok: false, failure: { code: "billing_unavailable" } });
    expect(await cursor()).toBe(before);
    outside.standIn("stripe.test", stripe.fetch);
    await run();
    expect(await stateOf(user)).toMatchObject(DELIVERED);
    expect(await cursor()).toBeGreaterThan(before);
  });

  it("stays at the first event that Stripe failed to explain, and what failed is tried again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const stripe = standInStripe();
    const user = await signUp();
    for (let made = 0; made < 2; made += 1) await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    outside.standIn("stripe.test", (request) =>
      new URL(request.url).pathname === "/v1/events" ? stripe.fetch(request) : answersDown(),
    );
    expect(await run()).toMatchObject({ ok: true, value: { isComplete: false, missed: [{ outcome: "failed" }] } });
    outside.standIn("stripe.test", stripe.fetch);
    await runCron(env, Date.now() + 11 * MINUTE);
    expect((await stateOf(user)).creditBalance).toBe(200);
  });

  it("never moves back", async () => {
    standInStripe();
    await run();
    const before = await cursor();
    await run(-DAY);
    expect(await cursor()).toBe(before);
  });
});

describe("POST /api/admin/reconcile", () => {
  it("runs it now and tells what it did", async () => {
    const { user, sessionId } = await paidSale();
    const answer = await asAdmin("POST", "/api/admin/reconcile");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      isComplete: true,
      hasGap: false,
      missed: [{ type: "checkout.session.completed", objectId: sessionId, outcome: "processed" }],
      retried: { tried: 0, settled: 0 },
    });
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });

  it("answers 503 while Stripe cannot be reached", async () => {
    outside.standIn("stripe.test", answersDown);
    const answer = await asAdmin("POST", "/api/admin/reconcile");
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: "billing_unavailable" } });
  });
});
