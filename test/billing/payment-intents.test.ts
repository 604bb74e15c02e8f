import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { recheckOpenOrders } from "../../src/billing/index.ts";
import type { Env } from "../../src/env.ts";
import { DAY_MS, HOUR_MS } from "../../src/time.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { buildEvent, deliverEvent } from "../support/webhook.ts";

beforeAll(async () => {
  await loadShopCatalog();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

interface IntentView {
  readonly id: string;
  readonly orderId: string;
  readonly clientSecret: string | null;
  readonly publishableKey: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly nextAction: { readonly type: string; readonly redirectUrl: string | null } | null;
}

const PATH = "/api/payments/payment-intents";
const postIntent = (user: TestUser, body: object) =>
  call("POST", PATH, { token: user.token, body });
const confirm = (user: TestUser, id: string, body: object = { paymentMethodId: "pm_card_visa" }) =>
  call("POST", `${PATH}/${id}/confirm`, { token: user.token, body });

async function createIntent(user: TestUser, body: object): Promise<IntentView> {
  const answer = await postIntent(user, body);
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return await answer.json();
}

const errorOf = async (response: Response) => {
  const { error } = await response.json<{ error: { code: string; param: string | null } }>();
  return [response.status, error.code, error.param];
};

/** Returns the id of the order that a page is for. */
async function orderOfPage(user: TestUser, sessionId: string): Promise<string> {
  const session = await call("GET", `/api/stripe-sessions/stripe-id/${sessionId}`, {
    token: user.token,
  });
  return (await session.json<{ orderId: string }>()).orderId;
}

const pageStatus = async (stripe: TestStripe, sessionId: string) =>
  (await stripe.client.checkout.sessions.retrieve(sessionId)).status;

describe("a payment intent", () => {
  it("is for an order's amount, and delivers the order as soon as it is paid", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const shown = await createIntent(user, { planId: "t-pack", currency: "JPY", quantity: 3 });
    expect(shown).toMatchObject({
      amountMinor: 4500,
      currency: "jpy",
      status: "requires_payment_method",
      nextAction: null,
    });
    expect(shown.clientSecret).toMatch(/_secret_/);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
    const order = await call("GET", `/api/orders/${shown.orderId}`, { token: user.token });
    expect(await order.json()).toMatchObject({ id: shown.orderId, stripeSessionId: null });
    const paid = await confirm(user, shown.id);
    expect([paid.status, await paid.json()]).toEqual([
      200,
      expect.objectContaining({ id: shown.id, status: "succeeded" }),
    ]);
    const delivered = {
      creditBalance: 300,
      orders: [{ status: "completed" }],
      grants: [{ credits: 300 }],
    };
    expect(await readUserState(user)).toMatchObject(delivered);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject(delivered);
    const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
      data: object[];
    }>();
    expect(data).toMatchObject([{ id: shown.orderId, paidMinor: 4500 }]);
  });

  it("that is paid in the browser delivers by an event, and can be refunded", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id, orderId } = await createIntent(user, { planId: "t-level2" });
    await stripe.client.paymentIntents.confirm(id, {
      payment_method: "pm_card_visa",
      return_url: "http://farebox.test/",
    });
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 10,
      orders: [{ status: "completed" }],
    });
    expect((await callAsAdmin("POST", "/api/payments/refunds", { orderId })).status).toBe(201);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "refunded" }],
    });
  });

  it("is the same one for each request, also for concurrent ones", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id, orderId } = await createIntent(user, { planId: "t-pack" });
    const again = await Promise.all(
      Array.from({ length: 5 }, () => createIntent(user, { orderId })),
    );
    expect(new Set(again.map((shown) => shown.id))).toEqual(new Set([id]));
    expect((await stripe.client.paymentIntents.list()).data).toHaveLength(1);
  });

  it("whose card is declined stays open for another card", async () => {
    const [, user] = [standInStripe(), await signUp()];
    const { id } = await createIntent(user, { planId: "t-pack" });
    const declined = await confirm(user, id, { paymentMethodId: "pm_card_chargeDeclined" });
    expect((await errorOf(declined)).slice(0, 2)).toEqual([422, "card_declined"]);
    expect((await readUserState(user)).orders).toEqual([
      { status: "pending", failureReason: null },
    ]);
    expect((await confirm(user, id)).status).toBe(200);
    expect((await readUserState(user)).orders).toMatchObject([{ status: "completed" }]);
    expect((await errorOf(await confirm(user, id))).slice(0, 2)).toEqual([
      409,
      "already_purchased",
    ]);
    const shown = await call("GET", `${PATH}/${id}`, { token: user.token });
    const { orderId } = await shown.json<IntentView>();
    expect((await errorOf(await postIntent(user, { orderId }))).slice(0, 2)).toEqual([
      409,
      "already_purchased",
    ]);
  });

  it("that needs authentication says where to go, and delivers afterwards", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await createIntent(user, { planId: "t-pack" });
    const confirmed = await confirm(user, id, {
      paymentMethodId: "pm_card_authenticationRequired",
      returnUrl: "http://shop.test/back?from=bank",
    });
    expect(await confirmed.json()).toMatchObject({
      status: "requires_action",
      nextAction: { type: "redirect_to_url", redirectUrl: expect.stringMatching(/^http/) },
    });
    const { next_action } = await stripe.client.paymentIntents.retrieve(id);
    expect(next_action?.redirect_to_url?.return_url).toBe("http://shop.test/back?from=bank");
    stripe.control.authenticateIntent(id, "complete");
    await stripe.control.deliver();
    expect((await readUserState(user)).creditBalance).toBe(100);
  });

  it("has the publishable key, where the operator has set it", async () => {
    const [, user] = [standInStripe(), await signUp()];
    expect((await createIntent(user, { planId: "t-pack" })).publishableKey).toBe(null);
    const bindings: Env = Object.create(env, {
      STRIPE_PUBLISHABLE_KEY: { value: "pk_test_1", enumerable: true },
    });
    const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
    const request = new Request(`http://farebox.test${PATH}`, {
      method: "POST",
      headers,
      body: JSON.stringify({ planId: "t-pack" }),
    });
    const answer = await app.fetch(request, bindings, createExecutionContext());
    expect(await answer.json()).toMatchObject({ publishableKey: "pk_test_1" });
  });

  it.each<[string, object, [number, string]]>([
    ["a subscription", { planId: "t-pro" }, [400, "invalid_request"]],
    ["an unknown plan", { planId: "t-none" }, [404, "not_found"]],
    ["an unknown order", { orderId: "ord_none" }, [404, "not_found"]],
    ["a plan and an order", { planId: "t-pack", orderId: "ord_1" }, [400, "invalid_request"]],
    [
      "an amount that the caller names",
      { planId: "t-pack", amountMinor: 1 },
      [400, "invalid_request"],
    ],
    ["nothing", {}, [400, "invalid_request"]],
  ])("is not made for %s", async (_case, body, expected) => {
    standInStripe();
    expect((await errorOf(await postIntent(await signUp(), body))).slice(0, 2)).toEqual(expected);
  });

  it("leads back to allowed origins only", async () => {
    const [, user] = [standInStripe(), await signUp()];
    const { id } = await createIntent(user, { planId: "t-pack" });
    const body = { paymentMethodId: "pm_card_visa", returnUrl: "https://evil.example/" };
    expect(await errorOf(await confirm(user, id, body))).toEqual([
      400,
      "invalid_request",
      "returnUrl",
    ]);
  });

  it("I10: is its buyer's alone; an admin sees it without the secret", async () => {
    const [, user, other] = [standInStripe(), await signUp(), await signUp()];
    const { id, orderId } = await createIntent(user, { planId: "t-pack" });
    const answers = [
      await call("GET", `${PATH}/${id}`, { token: other.token }),
      await confirm(other, id),
      await postIntent(other, { orderId }),
    ];
    for (const answer of answers)
      expect((await errorOf(answer)).slice(0, 2)).toEqual([404, "not_found"]);
    expect(await (await call("GET", `${PATH}/${id}`, { token: user.token })).json()).toMatchObject({
      clientSecret: expect.any(String),
    });
    expect(await (await callAsAdmin("GET", `${PATH}/${id}`)).json()).toMatchObject({
      id,
      clientSecret: null,
    });
  });

  it("that nobody paid within a day is canceled, and its order fails", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await createIntent(user, { planId: "t-pack" });
    await recheckOpenOrders(testContext({ nowMs: Date.now() + HOUR_MS }), 100);
    expect((await readUserState(user)).orders).toMatchObject([{ status: "pending" }]);
    await recheckOpenOrders(testContext({ nowMs: Date.now() + 2 * DAY_MS }), 100);
    expect((await stripe.client.paymentIntents.retrieve(id)).status).toBe("canceled");
    expect((await readUserState(user)).orders).toEqual([
      { status: "failed", failureReason: "The payment was canceled." },
    ]);
  });

  it("I6: pays for its own order alone, whatever its amount becomes at Stripe", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await createIntent(user, { planId: "t-pack" });
    await stripe.client.paymentIntents.update(id, { amount: 100 });
    await stripe.client.paymentIntents.confirm(id, {
      payment_method: "pm_card_visa",
      return_url: "http://farebox.test/",
    });
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "failed", failureReason: expect.stringMatching(/Paid for 100/) }],
    });
  });
});

describe("an order with a page that gets an intent", () => {
  it("cannot be paid twice: the page is closed before anybody has the secret", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    const { id } = await createIntent(user, { orderId: await orderOfPage(user, sessionId) });
    expect(await pageStatus(stripe, sessionId)).toBe("expired");
    // The order does not end with its page.
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "canceled" }],
    });
    await confirm(user, id);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
      sessions: [{ status: "canceled" }],
    });
  });

  it("that was just paid on the page is delivered, and gets no intent", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    const orderId = await orderOfPage(user, sessionId);
    await stripe.pay(url);
    expect((await errorOf(await postIntent(user, { orderId }))).slice(0, 2)).toEqual([
      409,
      "already_purchased",
    ]);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
    const open = (await stripe.client.paymentIntents.list()).data.filter(
      ({ status }) => status === "requires_payment_method",
    );
    expect(open).toEqual([]);
    await stripe.control.deliver();
    expect((await readUserState(user)).creditBalance).toBe(100);
  });

  it("that is being paid by a bank debit gets no intent, and is delivered later", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    const orderId = await orderOfPage(user, sessionId);
    await stripe.pay(url, { method: "us_bank_account" });
    expect((await errorOf(await postIntent(user, { orderId }))).slice(0, 2)).toEqual([
      409,
      "conflict",
    ]);
    await stripe.control.deliver();
    expect((await readUserState(user)).orders).toMatchObject([{ status: "pending" }]);
    stripe.control.completeDebit(sessionId, "succeeded");
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
  });

  it("is paid at most once, wherever the Worker dies", async () => {
    const stripe = standInStripe();
    for (let step = 1, done = false; !done; step += 1) {
      const user = await signUp();
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
      const orderId = await orderOfPage(user, sessionId);
      const worker = workerDyingAt(step);
      const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
      const answer = await worker.send(
        new Request(`http://farebox.test${PATH}`, {
          method: "POST",
          headers,
          body: JSON.stringify({ orderId }),
        }),
      );
      done = !worker.died();
      expect(answer.ok, `dying at step ${step}`).toBe(done);
      // An open page is paid; for a closed one, the next request gets the intent.
      if ((await pageStatus(stripe, sessionId)) === "open") {
        await stripe.pay(url);
        for (const event of stripe.control.events().slice(-6)) {
          const { object } = event.data;
          if ("id" in object && typeof object.id === "string")
            await deliverEvent(buildEvent(event.type, object.id));
        }
        await deliverEvent(buildEvent("checkout.session.completed", sessionId));
        expect((await postIntent(user, { orderId })).status, `dying at step ${step}`).toBe(409);
      } else {
        const { id } = await createIntent(user, { orderId });
        expect((await confirm(user, id)).status, `dying at step ${step}`).toBe(200);
      }
      expect(await readUserState(user), `dying at step ${step}`).toMatchObject({
        creditBalance: 100,
        orders: [{ status: "completed" }],
      });
    }
  });
});
