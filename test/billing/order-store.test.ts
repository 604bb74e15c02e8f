import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { findPurchasedPlanId } from "../../src/billing/entitlement/facts.ts";
import { newOrder } from "../../src/billing/orders/new-order.ts";
import {
  markFulfilled,
  markUndeliverable,
  type OrderPayment,
  recordPayment,
} from "../../src/billing/orders/order-payment.ts";
import {
  bindSession,
  failOrder,
  findOrder,
  findSession,
  insertOrder,
  markProcessing,
  scheduleOrderCheck,
} from "../../src/billing/orders/store.ts";
import { database } from "../../src/db.ts";

const db = database(env.DB);
const NOW = Date.UTC(2026, 10, 20);
const TERMS = {
  kind: "plan",
  planId: "pln_1",
  title: "Pack",
  priceId: "prc_1",
  quantity: 1,
  currency: "usd",
  amountMinor: 999,
  creditsMicrocredits: 1,
  creditsExpireAfterDays: null,
  givesPlan: false,
} as const;

let orderId = "";
let sessionId = "";
beforeEach(async () => {
  const { order, session } = newOrder("usr_0000000000000001", TERMS, NOW);
  await insertOrder(db, order, session);
  orderId = order.id;
  sessionId = session.id;
});

const state = async () => {
  const [order, session] = [await findOrder(db, orderId), await findSession(db, sessionId)];
  return {
    order: order?.status,
    session: session?.status,
    endedAt: session?.processedAt,
    nextCheckAt: order?.nextCheckAt,
  };
};
const fail = async (nowMs: number) =>
  await failOrder(db, orderId, { sessionStatus: "canceled", reason: "late" }, nowMs);

const PAYMENT: OrderPayment = {
  status: "completed",
  refundedMinor: 0,
  paymentIntentId: "pi_1",
  paidMinor: 999,
  paidAtMs: NOW - 1,
};
const fulfil = (nowMs: number, payment = PAYMENT) =>
  markFulfilled(db, orderId, { payment, stripeSessionId: "cs_1" }, [], nowMs);

it("I5: an order that was completed stays so, whatever a slower request writes", async () => {
  expect(await fulfil(NOW + 1)).toBe(true);
  await fail(NOW + 2);
  await markProcessing(db, orderId);
  await scheduleOrderCheck(db, orderId, NOW + 3);
  expect(await recordPayment(db, orderId, PAYMENT, NOW + 4), "changed").toBe(false);
  expect(await fulfil(NOW + 4), "changed").toBe(false);
  expect(
    await markUndeliverable(db, orderId, { payment: PAYMENT, reason: "late" }, [], NOW + 5),
    "changed",
  ).toBe(false);
  expect(await state()).toEqual({
    order: "completed",
    session: "succeeded",
    endedAt: NOW + 1,
    nextCheckAt: null,
  });
  expect(await findOrder(db, orderId)).toMatchObject({
    stripePaymentIntentId: "pi_1",
    completedAt: NOW + 1,
    failureReason: null,
  });
});

it("an order that failed keeps its first reason, and its page can no longer be bound", async () => {
  await fail(NOW + 1);
  await failOrder(db, orderId, { sessionStatus: "failed", reason: "later" }, NOW + 2);
  await markProcessing(db, orderId);
  expect(await bindSession(db, sessionId, { id: "cs_1", url: "http://stripe.test/" })).toBe(false);
  expect(await state()).toEqual({
    order: "failed",
    session: "canceled",
    endedAt: NOW + 1,
    nextCheckAt: null,
  });
  expect(await findOrder(db, orderId)).toMatchObject({ failureReason: "late" });
});

it("an order that failed becomes completed when the money came after all", async () => {
  await fail(NOW + 1);
  expect(await recordPayment(db, orderId, PAYMENT, NOW + 2)).toBe(true);
  expect((await state()).order, "before it was delivered").toBe("failed");
  await fulfil(NOW + 3);
  expect(await state()).toMatchObject({
    order: "completed",
    session: "succeeded",
    endedAt: NOW + 3,
  });
  expect(await findOrder(db, orderId)).toMatchObject({ failureReason: null });
});

it("an order follows its money, is due for a check meanwhile, and keeps its delivery", async () => {
  await fulfil(NOW + 1);
  for (const [at, status] of (
    ["refunded", "completed", "disputed", "completed"] as const
  ).entries()) {
    const payment = { ...PAYMENT, status, refundedMinor: status === "refunded" ? 999 : 0 };
    expect(await recordPayment(db, orderId, payment, NOW + at)).toBe(true);
    expect((await findOrder(db, orderId))?.nextCheckAt).toBeGreaterThan(NOW);
    expect(await fulfil(NOW + 10 + at, payment)).toBe(true);
    expect(await state()).toMatchObject({ order: status, nextCheckAt: null });
    expect(await findOrder(db, orderId)).toMatchObject({
      completedAt: NOW + 1,
      refundedMinor: payment.refundedMinor,
    });
  }
});

it("I6: money for something else is recorded, can go back, and gives no plan", async () => {
  const mismatch = { payment: PAYMENT, reason: "not for this" };
  expect(await markUndeliverable(db, orderId, mismatch, [], NOW + 1)).toBe(true);
  expect(await markUndeliverable(db, orderId, mismatch, [], NOW + 2), "changed").toBe(false);
  expect(await state()).toEqual({
    order: "failed",
    session: "failed",
    endedAt: NOW + 1,
    nextCheckAt: null,
  });
  expect(await findOrder(db, orderId)).toMatchObject({
    paidMinor: 999,
    stripePaymentIntentId: "pi_1",
    paidAt: null,
  });
  const refunded = {
    payment: { ...PAYMENT, status: "refunded", refundedMinor: 999 } as const,
    reason: "not for this",
  };
  expect(await markUndeliverable(db, orderId, refunded, [], NOW + 3)).toBe(true);
  expect((await state()).order).toBe("refunded");
});

it("the purchased plan is the last whose payment was not reversed", async () => {
  const userId = "usr_00000000000000aa";
  const buy = async (planId: string, paidAtMs: number) => {
    const made = newOrder(userId, { ...TERMS, planId, givesPlan: true }, NOW);
    await insertOrder(db, made.order, made.session);
    return async (status: OrderPayment["status"]) => {
      await recordPayment(db, made.order.id, { ...PAYMENT, paidAtMs, status }, NOW);
      return await findPurchasedPlanId(db, userId);
    };
  };
  const [first, second] = [await buy("pln_first", NOW), await buy("pln_second", NOW + 1)];
  expect(await first("completed")).toBe("pln_first");
  expect(await second("completed")).toBe("pln_second");
  expect(await second("disputed")).toBe("pln_first");
  expect(await second("completed")).toBe("pln_second");
  expect(await second("refunded")).toBe("pln_first");
  expect(await first("refunded")).toBe(undefined);
});
