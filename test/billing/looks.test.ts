import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { findEvent } from "../../src/billing/sync/inbox.ts";
import { database } from "../../src/db.ts";
import { SECOND_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  loadShopCatalog,
  openCheckout,
  openPaidSale,
  openSale,
  readSaleOutcome,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";
import { countStripeCalls } from "../support/stripe-traffic.ts";
import { createSubscriptionPlans, readPlanAndCredits } from "../support/subscriber.ts";

beforeAll(loadShopCatalog);

/** Does something at Stripe once, right after it answered a request that the Worker made. */
function afterAnswer(
  stripe: TestStripe,
  isAsked: (path: string) => boolean,
  happen: () => Promise<unknown>,
): void {
  let hasHappened = false;
  fakeNetwork.standIn("stripe.test", async (request) => {
    const { pathname } = new URL(request.url);
    const response = await stripe.fetch(request);
    if (request.method === "GET" && isAsked(pathname) && !hasHappened) {
      hasHappened = true;
      await happen();
    }
    return response;
  });
}

const isEvents = (path: string) => path === "/v1/events";
const isSession = (path: string) => path.startsWith("/v1/checkout/sessions/");
const isInvoices = (path: string) => path === "/v1/invoices";
const isCharges = (path: string) => path === "/v1/charges";

const intentOf = async (stripe: TestStripe, sessionId: string) =>
  idOf((await stripe.client.checkout.sessions.retrieve(sessionId)).payment_intent);

it.each([
  ["its events were listed", isEvents],
  ["its page was fetched", isSession],
])("a refund of a pack that happens after %s is not lost", async (_when, isAsked) => {
  const { stripe, user, sessionId } = await openPaidSale();
  const intent = await intentOf(stripe, sessionId);
  afterAnswer(stripe, isAsked, () => stripe.client.refunds.create({ payment_intent: intent }));
  await stripe.control.flush();
  expect(await readSaleOutcome(user, sessionId)).toMatchObject({ order: "refunded" });
});

it.each([
  ["its events were listed", isEvents],
  ["its invoices were fetched", isInvoices],
  ["its charges were fetched", isCharges],
])("a refund of a subscription that happens after %s is not lost", async (_when, isAsked) => {
  const stripe = standInStripe();
  const [user, plans] = [await signUp(), await createSubscriptionPlans()];
  const { url } = await openCheckout(user.token, { planId: plans.pro });
  await stripe.pay(url);
  const { data } = await stripe.client.paymentIntents.list({ limit: 1 });
  const intent = data[0]?.id ?? "";
  afterAnswer(stripe, isAsked, () => stripe.client.refunds.create({ payment_intent: intent }));
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toMatchObject({ credits: 0 });
});

it("I7: a covered event is in the inbox before its delivery, and then needs no call", async () => {
  const { stripe, user, sessionId } = await openPaidSale();
  const [completed, paid] = ["checkout.session.completed", "payment_intent.succeeded"].map((type) =>
    stripe.control.events().find((event) => event.type === type),
  );
  await stripe.control.resend(completed?.id ?? "");
  expect(await readSaleOutcome(user, sessionId)).toMatchObject({ order: "completed", grants: 1 });
  const db = database(env.DB);
  expect(await findEvent(db, paid?.id ?? "")).toMatchObject({ status: "processed" });
  stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 50 });
  expect((await stripe.control.resend(paid?.id ?? ""))?.status).toBe(200);
});

it("a buyer who waits has Stripe asked at once, and not every time", async () => {
  const { stripe, user, sessionId } = await openPaidSale();
  const calls = countStripeCalls();
  const path = `/api/stripe-sessions/stripe-id/${sessionId}`;
  const unasked = await call("GET", path, { token: user.token });
  expect(await unasked.json()).toMatchObject({ status: "pending" });
  expect(calls()).toEqual([]);
  const asked = await call("GET", `${path}?refresh=true`, { token: user.token });
  expect(await asked.json()).toMatchObject({ status: "succeeded" });
  expect(calls().length).toBeLessThanOrEqual(3);
  // Stripe's own deliveries find that nothing is left to do.
  const before = calls().length;
  stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 50 });
  const paid = stripe.control.events().find(({ type }) => type === "payment_intent.succeeded");
  expect((await stripe.control.resend(paid?.id ?? ""))?.status).toBe(200);
  expect(calls()).toHaveLength(before);
});

it("a page that is not paid is asked about at most every few seconds", async () => {
  const { user, sessionId } = await openSale();
  const calls = countStripeCalls();
  const path = `/api/stripe-sessions/stripe-id/${sessionId}?refresh=true`;
  await call("GET", path, { token: user.token });
  const once = calls().length;
  vi.useFakeTimers({ now: Date.now() + SECOND_MS, toFake: ["Date"] });
  await call("GET", path, { token: user.token });
  const twice = calls().length;
  vi.setSystemTime(Date.now() + 30 * SECOND_MS);
  await call("GET", path, { token: user.token });
  vi.useRealTimers();
  expect([once > 0, twice - once, calls().length > twice]).toEqual([true, 0, true]);
});

it("a buyer who waits while Stripe is down still sees the sale", async () => {
  const { stripe, user, sessionId } = await openPaidSale();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 50 });
  const path = `/api/stripe-sessions/stripe-id/${sessionId}?refresh=true`;
  const answer = await call("GET", path, { token: user.token });
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: "pending" }]);
});
