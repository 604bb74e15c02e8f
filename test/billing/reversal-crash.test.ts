import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { recheckOpenOrders } from "../../src/billing/index.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { loadShopCatalog, openPaidSale, readUserState } from "../support/shop.ts";
import { buildEvent, COMPLETED, deliverEvent, signDelivery } from "../support/webhook.ts";

beforeAll(async () => {
  await loadShopCatalog();
  // Every crash here is intended, and its log would be long.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/** Delivers a plan with credits, and refunds it at Stripe without delivering the event. */
async function refundAtStripe() {
  const { stripe, user, sessionId } = await openPaidSale("t-level2");
  await deliverEvent(buildEvent(COMPLETED, sessionId));
  const session = await stripe.client.checkout.sessions.retrieve(sessionId);
  const payment_intent = typeof session.payment_intent === "string" ? session.payment_intent : "";
  const refund = await stripe.client.refunds.create({ payment_intent });
  return { stripe, user, sessionId, refundId: refund.id };
}

/** Expects that the order, the credits and the plan are all reversed. */
async function expectReversed(user: Parameters<typeof readUserState>[0], title: string) {
  const [state, plan] = [
    await readUserState(user),
    await (await call("GET", "/api/plans/free")).json<{ id: string }>(),
  ];
  const [grant] = await creditAccount(env, user.userId).grants({ limit: 1, before: null });
  expect([state.orders, state.creditBalance, grant?.voidedMicrocredits], title).toEqual([
    [{ status: "refunded", failureReason: null }],
    0,
    10_000_000,
  ]);
  expect([state.planId, state.entitledPlanId], title).toEqual([plan.id, plan.id]);
}

describe("I6, I7: a crash at any step of a reversal", () => {
  it("is repaired by Stripe's next delivery", async () => {
    for (let step = 1, done = false; !done; step += 1) {
      const { user, refundId } = await refundAtStripe();
      const event = buildEvent("refund.created", refundId);
      const worker = workerDyingAt(step);
      const answer = await worker.send(await signDelivery(event));
      done = !worker.died();
      expect(answer.status, `dying at step ${step}`).toBe(done ? 200 : 500);
      expect((await deliverEvent(event)).status).toBe(200);
      await expectReversed(user, `dying at step ${step}`);
    }
  });

  it("is repaired by the cron once anything was written, without another event", async () => {
    let repaired = 0;
    for (let step = 1, done = false; !done; step += 2) {
      const { user, refundId } = await refundAtStripe();
      const worker = workerDyingAt(step);
      await worker.send(await signDelivery(buildEvent("refund.created", refundId)));
      done = !worker.died();
      if ((await readUserState(user)).orders[0]?.status === "completed") continue;
      await recheckOpenOrders(testContext({ nowMs: Date.now() + 3_600_000 }), 100);
      await expectReversed(user, `dying at step ${step}`);
      repaired += 1;
    }
    // Fewer would mean that the crashes did not reach into the reversal.
    expect(repaired).toBeGreaterThan(2);
  });

  it("ends with nothing reversed if the refund failed meanwhile", async () => {
    for (let step = 2, done = false; !done; step += 2) {
      const { stripe, user, refundId } = await refundAtStripe();
      const worker = workerDyingAt(step);
      await worker.send(await signDelivery(buildEvent("refund.created", refundId)));
      done = !worker.died();
      stripe.control.failRefund(refundId);
      expect((await deliverEvent(buildEvent("refund.failed", refundId))).status).toBe(200);
      const state = await readUserState(user);
      expect([state.orders[0]?.status, state.creditBalance], `dying at step ${step}`).toEqual([
        "completed",
        10,
      ]);
      expect(state.planId, `dying at step ${step}`).toBe(state.entitledPlanId);
    }
  });
});
