import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { newOrder } from "../../src/billing/new-order.ts";
import {
  addOrder,
  bindSession,
  checkAgainAt,
  completeOrder,
  failOrder,
  findOrder,
  findSession,
  notePaid,
  noteProcessing,
} from "../../src/billing/store.ts";
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
  await addOrder(db, order, session);
  orderId = order.id;
  sessionId = session.id;
});

const state = async () => {
  const [order, session] = [await findOrder(db, orderId), await findSession(db, sessionId)];
  return { order: order?.status, session: session?.status, endedAt: session?.processedAt, nextCheckAt: order?.nextCheckAt };
};
const fail = async (nowMs: number) => await failOrder(db, orderId, { sessionStatus: "canceled", reason: "late" }, nowMs);

it("I5: an order that was completed stays so, whatever a slower request writes", async () => {
  await completeOrder(db, orderId, "pi_1", NOW + 1);
  await fail(NOW + 2);
  await noteProcessing(db, orderId);
  await checkAgainAt(db, orderId, NOW + 3);
  await completeOrder(db, orderId, "pi_2", NOW + 4);
  expect(await notePaid(db, orderId, NOW + 5)).toBe(false);
  expect(await state()).toEqual({ order: "completed", session: "succeeded", endedAt: NOW + 1, nextCheckAt: null });
  expect(await findOrder(db, orderId)).toMatchObject({
    stripePaymentIntentId: "pi_1",
    completedAt: NOW + 1,
    failureReason: null,
  });
});

it("an order that failed keeps its first reason, and its page can no longer be shown", async () => {
  await fail(NOW + 1);
  await failOrder(db, orderId, { sessionStatus: "failed", reason: "later" }, NOW + 2);
  await noteProcessing(db, orderId);
  expect(await bindSession(db, sessionId, { id: "cs_1", url: "http://stripe.test/" })).toBe(false);
  expect(await state()).toEqual({ order: "failed", session: "canceled", endedAt: NOW + 1, nextCheckAt: null });
  expect(await findOrder(db, orderId)).toMatchObject({ failureReason: "late" });
});

it("an order that failed becomes completed when the money came after all", async () => {
  await fail(NOW + 1);
  expect(await notePaid(db, orderId, NOW + 2)).toBe(true);
  await completeOrder(db, orderId, "pi_1", NOW + 3);
  expect(await state()).toMatchObject({ order: "completed", session: "succeeded", endedAt: NOW + 3 });
  expect(await findOrder(db, orderId)).toMatchObject({ failureReason: null });
});

it("I6: an order that was refunded or is disputed is not completed again", async () => {
  for (const status of ["refunded", "disputed"]) {
    await env.DB.prepare("update orders set status = ? where id = ?").bind(status, orderId).run();
    await completeOrder(db, orderId, "pi_1", NOW + 1);
    expect(await notePaid(db, orderId, NOW + 1)).toBe(false);
    expect((await state()).order).toBe(status);
  }
});
