import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../src/time.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { idOf, type TestStripe } from "../support/stripe.ts";
import { countStripeCalls } from "../support/stripe-traffic.ts";
import {
  readPlanAndCredits,
  type SubscriptionPlans,
  standInTimedStripe,
  subscribeUser,
} from "../support/subscriber.ts";

// Stripe allows an average of 500 reads for each transaction, and a sandbox 25 requests a second:
// https://docs.stripe.com/rate-limits

let stripe: TestStripe;
let plans: SubscriptionPlans;
let advance: (ms: number) => Promise<void>;

const deliveredEvent = ({ state, event }: { state: string; event: string }) =>
  state === "delivered" ? [event] : [];

/** Delivers the events that wait: one after another, or all at once as Stripe does. */
const DELIVERIES = {
  "one by one": async () => void (await stripe.control.flush()),
  "at once": async () => {
    const sent = new Set(stripe.control.deliveries().flatMap(deliveredEvent));
    const events = stripe.control.events().filter(({ id }) => !sent.has(id));
    await Promise.all(events.map(({ id }) => stripe.control.resend(id)));
  },
} as const;
const ways = ["one by one", "at once"] as const;

beforeAll(loadShopCatalog);
beforeEach(async () => {
  ({ stripe, plans, advance } = await standInTimedStripe());
  // The catalog is pushed to Stripe at its first sale, once for all buyers.
  for (const planId of [plans.pro, plans.trial, "t-pack"])
    await openCheckout((await signUp()).token, { planId });
  await stripe.control.flush();
});
afterEach(() => void vi.useRealTimers());

it.each(ways)("a pack takes at most 5 calls to Stripe (events %s)", async (way) => {
  const user = await signUp();
  const calls = countStripeCalls();
  const { url } = await openCheckout(user.token, { planId: "t-pack" });
  await stripe.pay(url);
  await DELIVERIES[way]();
  expect((await readUserState(user)).orders).toMatchObject([{ status: "completed" }]);
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(5);
});

it.each(ways)("a subscription takes at most 8 calls to Stripe (events %s)", async (way) => {
  const user = await signUp();
  const calls = countStripeCalls();
  const { url } = await openCheckout(user.token, { planId: plans.pro });
  await stripe.pay(url);
  await DELIVERIES[way]();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(8);
});

it.each(ways)("a trial takes at most 8 calls to Stripe (events %s)", async (way) => {
  const user = await signUp();
  const calls = countStripeCalls();
  const { url } = await openCheckout(user.token, { planId: plans.trial });
  await stripe.pay(url);
  await DELIVERIES[way]();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(8);
});

it.each(ways)("a renewal takes few calls to Stripe (events %s)", async (way) => {
  const user = await subscribeUser(stripe, plans.pro);
  await advance(28 * DAY_MS);
  const calls = countStripeCalls();
  for (const ms of [3 * DAY_MS, 2 * HOUR_MS]) {
    vi.setSystemTime(Date.now() + ms);
    stripe.control.advance(ms / SECOND_MS);
    await DELIVERIES[way]();
  }
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 200 });
  // An event that comes after the look that another one caused is over causes a look of its own.
  const most = way === "at once" ? 8 : 6;
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(most);
});

/** Buys a pack; returns its order and the payment intent. */
async function buyPack() {
  const user = await signUp();
  const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
  await stripe.pay(url);
  await stripe.control.flush();
  const session = await stripe.client.checkout.sessions.retrieve(sessionId);
  const orderId = session.metadata?.["orderId"];
  return { user, orderId, intentId: idOf(session.payment_intent) };
}

it.each(ways)("a refund by an admin takes at most 6 calls to Stripe (events %s)", async (way) => {
  const { user, orderId } = await buyPack();
  await adminUser();
  const calls = countStripeCalls();
  const refunded = await callAsAdmin("POST", "/api/payments/refunds", { orderId });
  expect(refunded.status).toBe(201);
  await DELIVERIES[way]();
  expect((await readUserState(user)).orders).toMatchObject([{ status: "refunded" }]);
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(6);
});

it.each(ways)("a refund at Stripe takes at most 6 calls to Stripe (events %s)", async (way) => {
  const { user, intentId } = await buyPack();
  const calls = countStripeCalls();
  await stripe.client.refunds.create({ payment_intent: intentId });
  await DELIVERIES[way]();
  expect((await readUserState(user)).orders).toMatchObject([{ status: "refunded" }]);
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(6);
});

it.each(ways)("a dispute takes at most 5 calls to Stripe (events %s)", async (way) => {
  const { user, intentId } = await buyPack();
  const calls = countStripeCalls();
  stripe.control.dispute(intentId);
  await DELIVERIES[way]();
  expect((await readUserState(user)).orders).toMatchObject([{ status: "disputed" }]);
  expect(calls().length, calls().join("\n")).toBeLessThanOrEqual(5);
});
