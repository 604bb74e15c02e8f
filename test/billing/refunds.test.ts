import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { app } from "../../src/app.ts";
import { decideRefund, type RefundableSale } from "../../src/billing/refunds/decide-refund.ts";
import { scheduleSaleCheck } from "../../src/billing/refunds/find-sale.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { runCron } from "../../src/cron.ts";
import { database } from "../../src/db.ts";
import type { Env } from "../../src/env.ts";
import { DAY_MS, MINUTE_MS } from "../../src/time.ts";
import {
  accountObject,
  authorize,
  chatCommand,
  servedOutcome,
  settle,
} from "../support/account.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, sendChat } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

/** Buys a plan, which is delivered. */
async function buyPlan(planId = "t-level2", more: object = {}) {
  const [stripe, user] = [standInStripe(), await signUp()];
  const { url } = await openCheckout(user.token, { planId, ...more });
  await stripe.pay(url);
  await stripe.control.deliver();
  const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
    data: { id: string }[];
  }>();
  return { stripe, user, orderId: data[0]?.id ?? "" };
}

const refundAsAdmin = (orderId: string, more: object = {}) =>
  callAsAdmin("POST", "/api/payments/refunds", { orderId, ...more });

/** Requests a refund as the buyer, from a Worker with a refund window. */
async function refundAsBuyer(
  user: TestUser,
  orderId: string,
  { days = 14, ...more }: { days?: number; amountMinor?: number } = {},
) {
  const bindings: Env = Object.create(env, {
    REFUND_WINDOW_DAYS: { value: String(days), enumerable: true },
  });
  const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
  const body = JSON.stringify({ orderId, ...more });
  const request = new Request("http://farebox.test/api/payments/refunds", {
    method: "POST",
    headers,
    body,
  });
  return await app.fetch(request, bindings, createExecutionContext());
}

const refusal = async (response: Response) => {
  const { error } = await response.json<{
    error: { code: string; message: string; param: string | null };
  }>();
  return [response.status, error.code, error.message];
};

/** Sends an invalid request, and returns its status and code. */
const refusedFor = async (body: object) =>
  (await refusal(await callAsAdmin("POST", "/api/payments/refunds", body))).slice(0, 2);

const orderOf = async (user: TestUser, orderId: string) =>
  await (await call("GET", `/api/orders/${orderId}`, { token: user.token })).json<{
    status: string;
    refundedMinor: number;
  }>();

const spend = async (user: TestUser, credits: number) =>
  await creditAccount(env, user.userId).take({
    operationId: crypto.randomUUID(),
    amountMicrocredits: credits * 1_000_000,
    reason: "spent",
  });

/** A model for chats of a plan that was bought. */
const CHEAP_MODEL = {
  plans: [],
  models: [
    {
      id: "cheap",
      upstream: "local",
      upstreamModel: "large",
      inputPrice: 1,
      outputPrice: 1,
      contextLength: 1000,
      maxOutputTokens: 100,
    },
  ],
};

const refundsAt = async (stripe: TestStripe) => (await stripe.client.refunds.list()).data.length;
const freePlanId = async () => (await readUserState(await signUp())).planId;

describe("an admin", () => {
  it("I6: refunds all of the money, and takes credits and plan back at once", async () => {
    const { stripe, user, orderId } = await buyPlan();
    const answer = await refundAsAdmin(orderId, { reason: "asked for by mail" });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      orderId,
      amountMinor: 3000,
      currency: "usd",
      status: "succeeded",
    });
    const free = await freePlanId();
    const reversed = {
      creditBalance: 0,
      planId: free,
      entitledPlanId: free,
      orders: [{ status: "refunded" }],
    };
    expect(await readUserState(user)).toMatchObject(reversed);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject(reversed);
    const { results } = await env.DB.prepare(
      "select action, actor_kind, reason from audit_log where subject_id = ? order by action",
    )
      .bind(orderId)
      .all();
    expect(results).toEqual([
      { action: "order.paid", actor_kind: "stripe", reason: null },
      { action: "refund.requested", actor_kind: "admin", reason: "asked for by mail" },
      { action: "refund.succeeded", actor_kind: "stripe", reason: null },
    ]);
  });

  it("I6: refunds in parts, each with its share; the plan stays until the last", async () => {
    const { user, orderId } = await buyPlan();
    const { planId } = await readUserState(user);
    for (const [amountMinor, credits] of [
      [1000, 6.666667],
      [500, 5],
    ] as const) {
      expect((await refundAsAdmin(orderId, { amountMinor })).status).toBe(201);
      expect(await readUserState(user)).toMatchObject({
        creditBalance: credits,
        planId,
        orders: [{ status: "completed" }],
      });
    }
    expect(await orderOf(user, orderId)).toMatchObject({ refundedMinor: 1500 });
    expect(await refusal(await refundAsAdmin(orderId, { amountMinor: 1501 }))).toEqual([
      422,
      "not_refundable",
      "Only 15.00 USD can still be refunded.",
    ]);
    await refundAsAdmin(orderId);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "refunded" }],
    });
    expect(await refusal(await refundAsAdmin(orderId))).toEqual([
      422,
      "not_refundable",
      "This is already fully refunded.",
    ]);
  });

  it("I6: takes back spent credits as a debt, which the next purchase pays", async () => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    await spend(user, 70);
    await refundAsAdmin(orderId);
    expect((await readUserState(user)).creditBalance).toBe(-70);
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url);
    await stripe.control.deliver();
    expect((await readUserState(user)).creditBalance).toBe(30);
  });

  it("refunds once, however often the button is pressed", async () => {
    const { stripe, user, orderId } = await buyPlan();
    const answers = await Promise.all(Array.from({ length: 3 }, () => refundAsAdmin(orderId)));
    for (const answer of answers) expect([201, 422]).toContain(answer.status);
    expect([await refundsAt(stripe), (await orderOf(user, orderId)).refundedMinor]).toEqual([
      1, 3000,
    ]);
  });

  it("I8: refunds once for an Idempotency-Key, also when Stripe's answer is lost", async () => {
    const { stripe, user, orderId } = await buyPlan();
    const press = (key: string) =>
      callAsAdmin(
        "POST",
        "/api/payments/refunds",
        { orderId, amountMinor: 1000 },
        { "idempotency-key": `${orderId}-${key}` },
      );
    stripe.control.nextRequests({ answer: "lost", path: "/v1/refunds", method: "POST" });
    const [first, second] = [await press("a"), await press("a")];
    expect([first.status, second.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(await second.json()).toEqual(await first.json());
    expect([await refundsAt(stripe), (await orderOf(user, orderId)).refundedMinor]).toEqual([
      1, 1000,
    ]);
    await press("b");
    expect((await orderOf(user, orderId)).refundedMinor).toBe(2000);
  });

  it("I6: restores the purchase when the refund fails, and can refund once more", async () => {
    const { stripe, user, orderId } = await buyPlan();
    const before = await readUserState(user);
    const { id } = await (await refundAsAdmin(orderId)).json<{ id: string }>();
    stripe.control.failRefund(id);
    await stripe.control.deliver();
    expect(await readUserState(user)).toEqual(before);
    expect((await refundAsAdmin(orderId)).status).toBe(201);
    expect((await readUserState(user)).orders).toMatchObject([{ status: "refunded" }]);
  });

  it("cannot refund a disputed or an unpaid sale", async () => {
    const disputed = await buyPlan();
    const order = await env.DB.prepare(
      "select stripe_payment_intent_id as id from orders where id = ?",
    )
      .bind(disputed.orderId)
      .first<{ id: string }>();
    // No event has come yet: the refund syncs the order first.
    disputed.stripe.control.dispute(order?.id ?? "");
    expect(await refusal(await refundAsAdmin(disputed.orderId))).toMatchObject([
      422,
      "not_refundable",
      /is disputed/,
    ]);
    expect((await readUserState(disputed.user)).orders).toMatchObject([{ status: "disputed" }]);

    const unpaid = await signUp();
    await openCheckout(unpaid.token, { planId: "t-pack" });
    const { data } = await (await call("GET", "/api/orders", { token: unpaid.token })).json<{
      data: { id: string }[];
    }>();
    expect(await refusal(await refundAsAdmin(data[0]?.id ?? ""))).toMatchObject([
      422,
      "not_refundable",
      /Nothing was paid/,
    ]);
  });

  it("has to name one sale, and an amount that its currency has", async () => {
    const { orderId } = await buyPlan("t-pack", { currency: "kwd" });
    expect(await refusedFor({})).toEqual([400, "invalid_request"]);
    expect(await refusedFor({ orderId, invoiceId: "in_1" })).toEqual([400, "invalid_request"]);
    expect(await refusedFor({ orderId, amountMinor: 0 })).toEqual([400, "invalid_request"]);
    expect(await refusedFor({ orderId, amountMinor: 5 })).toEqual([400, "invalid_request"]);
    expect(await refusedFor({ orderId, amountMinor: 10, status: "succeeded" })).toEqual([
      400,
      "invalid_request",
    ]);
    expect(await refusedFor({ orderId: "ord_none" })).toEqual([404, "not_found"]);
    expect(await refusedFor({ invoiceId: "in_none" })).toEqual([404, "not_found"]);
  });
});

describe("a buyer", () => {
  it("gets all of the money back within the operator's window", async () => {
    const { user, orderId } = await buyPlan();
    expect((await refundAsBuyer(user, orderId)).status).toBe(201);
    expect((await readUserState(user)).orders).toMatchObject([{ status: "refunded" }]);
  });

  it.each([
    [40, 599],
    [99.99, 0],
    [100, 0],
  ])("gets back the share of %s spent credits that is left", async (spent, refundedMinor) => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    await spend(user, spent);
    const answer = await refundAsBuyer(user, orderId);
    expect(answer.status).toBe(refundedMinor === 0 ? 422 : 201);
    expect((await orderOf(user, orderId)).refundedMinor).toBe(refundedMinor);
    expect(await refundsAt(stripe)).toBe(refundedMinor === 0 ? 0 : 1);
    expect((await refundAsBuyer(user, orderId)).status).toBe(422);
  });

  it("gets nothing back of what chats hold, or spend between look and refund", async () => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    const account = accountObject(user.userId);
    const begin = (credits: number) => authorize(account, chatCommand(credits * 1_000_000));
    const chat = await begin(40);
    if (chat.kind !== "hold") throw new Error(`expected a hold, not ${chat.kind}`);
    expect(chat.terms.payer).toBe("credits");
    const meanwhile: unknown[] = [];
    fakeNetwork.standIn("stripe.test", async (request) => {
      if (request.method === "POST" && new URL(request.url).pathname === "/v1/refunds")
        meanwhile.push(await begin(1));
      return await stripe.fetch(request);
    });
    expect(await (await refundAsBuyer(user, orderId)).json()).toMatchObject({ amountMinor: 599 });
    expect(meanwhile).toMatchObject([{ kind: "refused", failure: { code: "insufficient_quota" } }]);
    // The chat that was open is charged whole, and nothing is owed.
    const outcome = servedOutcome(40_000_000);
    await settle(account, { holdNo: chat.holdNo, outcome, response: null });
    const { creditBalance } = await readUserState(user);
    expect([creditBalance >= 0, creditBalance < 0.1]).toEqual([true, true]);
  });

  it("has the credits free again when the refund is refused or fails", async () => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    const chats = async () =>
      (await authorize(accountObject(user.userId), chatCommand(1_000_000))).kind;
    await spend(user, 40);
    expect((await refundAsBuyer(user, orderId, { amountMinor: 999 })).status).toBe(422);
    expect(await chats()).toBe("hold");
    stripe.control.nextRequests({ answer: 400, path: "/v1/refunds", method: "POST" });
    expect((await refundAsBuyer(user, orderId)).status).toBe(422);
    expect(await chats()).toBe("hold");
    expect(await refundsAt(stripe)).toBe(0);
  });

  it("has the credits free again, by the cron, where the Worker dies in the middle", async () => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    await spend(user, 40);
    const order = { orderId };
    await scheduleSaleCheck(database(env.DB), order, Date.now() + MINUTE_MS);
    const account = creditAccount(env, user.userId);
    const [grant] = await account.grants({ limit: 1, before: null });
    const { operationId = "", amountMicrocredits = 0, priority = 0 } = grant ?? {};
    await account.grant({
      operationId,
      amountMicrocredits,
      priority,
      reason: "frozen for a refund",
      effectiveAt: null,
      expiresAt: null,
      standing: { voidedMicrocredits: 0, frozen: true },
    });
    const chats = async () =>
      (await authorize(accountObject(user.userId), chatCommand(1_000_000))).kind;
    expect(await chats()).toBe("refused");
    await runCron(env, Date.now() + 2 * MINUTE_MS);
    expect(await chats()).toBe("hold");
    expect(await refundsAt(stripe)).toBe(0);
  });

  it("refunds once, of several requests at once", async () => {
    const { stripe, user, orderId } = await buyPlan("t-pack");
    await spend(user, 60);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => refundAsBuyer(user, orderId)),
    );
    for (const answer of answers) expect([201, 409, 422]).toContain(answer.status);
    expect([await refundsAt(stripe), (await orderOf(user, orderId)).refundedMinor]).toEqual([
      1, 399,
    ]);
  });

  it("gets back an amount that the currency has, rounded down", async () => {
    const { user, orderId } = await buyPlan("t-pack", { currency: "kwd" });
    await spend(user, 33);
    const { amountMinor } = await (await refundAsBuyer(user, orderId)).json<{
      amountMinor: number;
    }>();
    expect(amountMinor % 10).toBe(0);
    expect(amountMinor).toBeGreaterThan(0);
  });

  it("gets nothing back for a plan of which anything was tracked", async () => {
    const { user, orderId } = await buyPlan();
    const tracked = await creditAccount(env, user.userId).track({
      operationId: crypto.randomUUID(),
      meter: "message",
      quantity: 1,
    });
    expect(tracked).toMatchObject({ ok: true });
    expect((await refusal(await refundAsBuyer(user, orderId))).slice(0, 2)).toEqual([
      422,
      "not_refundable",
    ]);
  });

  it("gets nothing back for a plan after a chat, and an admin may still refund it", async () => {
    const { user, orderId } = await buyPlan();
    standInModel();
    await loadCatalog(database(env.DB), CHEAP_MODEL, Date.now());
    const key = await createKey(user);
    const chat = await sendChat({ key }, chatBody({ model: "cheap" }));
    expect(chat.status, await chat.text()).toBe(200);
    expect(await refusal(await refundAsBuyer(user, orderId))).toMatchObject([
      422,
      "not_refundable",
      /has been used/,
    ]);
    expect((await refundAsAdmin(orderId)).status).toBe(201);
  });

  it("gets no part, nothing without a window, and nothing of others (I10)", async () => {
    const { stripe, user, orderId } = await buyPlan();
    expect(await refusal(await refundAsBuyer(user, orderId, { amountMinor: 1 }))).toMatchObject([
      422,
      "not_refundable",
      /Only the full amount/,
    ]);
    expect(await refusal(await refundAsBuyer(user, orderId, { days: 0 }))).toMatchObject([
      422,
      "not_refundable",
      /operator/,
    ]);
    expect((await refusal(await refundAsBuyer(await signUp(), orderId))).slice(0, 2)).toEqual([
      404,
      "not_found",
    ]);
    expect(await refundsAt(stripe)).toBe(0);
  });
});

describe("the window", () => {
  const sale: RefundableSale = {
    id: "ord_1",
    userId: "usr_1",
    currency: "usd",
    paymentIntentId: "pi_1",
    paidMinor: 999,
    refundedMinor: 0,
    disputed: false,
    creditedMinor: 0,
    isRunning: false,
    paidAt: 1000,
    updatedAt: 1000,
  };
  const decide = (nowMs: number, byAdmin = false) =>
    decideRefund(sale, { amountMinor: undefined, byAdmin }, 14, nowMs);

  it("counts from the payment, and limits buyers alone", () => {
    expect(decide(1000 + 14 * DAY_MS - 1)).toEqual({
      ok: true,
      value: { paymentIntentId: "pi_1", amountMinor: 999 },
    });
    expect(decide(1000 + 14 * DAY_MS)).toMatchObject({
      failure: { code: "not_refundable", message: /within 14 days/ },
    });
    expect(decide(1000 + 1000 * DAY_MS, true).ok).toBe(true);
  });
});

/** Opens a dispute about a plan that was bought, and delivers its events. */
async function openDispute(params: { inquiry?: boolean; amount?: number } = {}) {
  const sale = await buyPlan();
  const order = await env.DB.prepare(
    "select stripe_payment_intent_id as id from orders where id = ?",
  )
    .bind(sale.orderId)
    .first<{ id: string }>();
  const dispute = sale.stripe.control.dispute(order?.id ?? "", params);
  await sale.stripe.control.deliver();
  const close = async (outcome: "won" | "lost" | "warning_closed") => {
    sale.stripe.control.closeDispute(dispute?.id ?? "", outcome);
    await sale.stripe.control.deliver();
  };
  return { ...sale, dispute, close };
}
const availableCredits = async (user: TestUser) => {
  const summary = await creditAccount(env, user.userId).summary();
  return summary.ok ? summary.value.balance.availableMicrocredits / 1_000_000 : null;
};

describe("I6: a dispute", () => {
  it("freezes the purchase, and restores it when it is won", async () => {
    const { user, close } = await openDispute();
    expect(await readUserState(user)).toMatchObject({
      planId: await freePlanId(),
      orders: [{ status: "disputed" }],
    });
    expect(await availableCredits(user)).toBe(0);
    await close("won");
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 10,
      orders: [{ status: "completed" }],
    });
    expect(await availableCredits(user)).toBe(10);
  });

  it("takes the purchase back when it is lost", async () => {
    const { user, close } = await openDispute();
    await close("lost");
    const free = await freePlanId();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      planId: free,
      orders: [{ status: "refunded" }],
    });
  });

  it("about a part takes that part back when it is lost, and leaves the plan", async () => {
    const { user, close } = await openDispute({ amount: 1500 });
    await close("lost");
    const { planId, ...state } = await readUserState(user);
    expect(state).toMatchObject({ creditBalance: 5, orders: [{ status: "completed" }] });
    expect(planId).not.toBe(await freePlanId());
  });

  it("that is appealed after it was lost is open again, and ends as the appeal does", async () => {
    const { user, stripe, dispute, close } = await openDispute();
    await close("lost");
    expect(await readUserState(user)).toMatchObject({ orders: [{ status: "refunded" }] });
    expect(stripe.control.appealDispute(dispute?.id ?? "")).toBe(true);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({ orders: [{ status: "disputed" }] });
    expect(await availableCredits(user)).toBe(0);
    await close("won");
    expect(await readUserState(user)).toMatchObject({ orders: [{ status: "completed" }] });
    expect(await availableCredits(user)).toBe(10);
  });

  it("that was an inquiry first freezes once the bank takes the money", async () => {
    const { user, stripe, dispute, close } = await openDispute({ inquiry: true });
    expect(await availableCredits(user)).toBe(10);
    expect(stripe.control.escalateInquiry(dispute?.id ?? "")).toBe(true);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({ orders: [{ status: "disputed" }] });
    expect(await availableCredits(user)).toBe(0);
    await close("won");
    expect(await availableCredits(user)).toBe(10);
  });

  it("that is only an inquiry changes nothing", async () => {
    const { user, close } = await openDispute({ inquiry: true });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 10,
      orders: [{ status: "completed" }],
    });
    expect(await availableCredits(user)).toBe(10);
    await close("warning_closed");
    expect(await availableCredits(user)).toBe(10);
  });
});
