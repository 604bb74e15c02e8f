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
  // Every crash here is meant, and would fill pages.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/**
 * A plan with credits that was bought and delivered, and then refunded, of which only Stripe knows.
 */
async function refunded() {
  const { stripe, user, sessionId } = await openPaidSale("t-level2");
  await deliverEvent(buildEvent(COMPLETED, sessionId));
  const session = await stripe.client.checkout.sessions.retrieve(sessionId);
  const payment_intent = typeof session.payment_intent === "string" ? session.payment_intent : "";
  const refund = await stripe.client.refunds.create({ payment_intent });
  return { stripe, user, sessionId, refundId: refund.id };
}

/** That the order, the credits and the plan tell the same. */
async function expectDeducted(user: Parameters<typeof readUserState>[0], what: string) {
  const [state, plan] = [
    await readUserState(user),
    await (await call("GET", "/api/plans/free")).json<{ id: string }>(),
  ];
  const [grant] = await creditAccount(env, user.userId).grants({ limit: 1, before: null });
  expect([state.orders, state.creditBalance, grant?.voidedMicrocredits], what).toEqual([
    [{ status: "refunded", failureReason: null }],
    0,
    10_000_000,
  ]);
  expect([state.planId, state.entitledPlanId], what).toEqual([plan.id, plan.id]);
}

describe("I6, I7: a crash at any step of taking back what was refunded", {
  timeout: 60_000,
}, () => {
  it("is healed by Stripe's next delivery", async () => {
    for (let step = 1, done = false; !done; step += 1) {
      const { user, refundId } = await refunded();
      const event = buildEvent("refund.created", refundId);
      const worker = workerDyingAt(step);
      const answer = await worker.send(await signDelivery(event));
      done = !worker.died();
      expect(answer.status, `dying at step ${step}`).toBe(done ? 200 : 500);
      expect((await deliverEvent(event)).status).toBe(200);
      await expectDeducted(user, `dying at step ${step}`);
    }
  });

  it("is healed by the cron once anything of it was written, even if no event ever comes again", async () => {
    let healed = 0;
    for (let step = 1, done = false; !done; step += 2) {
      const { user, refundId } = await refunded();
      const worker = workerDyingAt(step);
      await worker.send(await signDelivery(buildEvent("refund.created", refundId)));
      done = !worker.died();
      if ((await readUserState(user)).orders[0]?.status === "completed") continue;
      await recheckOpenOrders(testContext({ nowMs: Date.now() + 3_600_000 }), 100);
      await expectDeducted(user, `dying at step ${step}`);
      healed += 1;
    }
    // Fewer would mean that the crashes did not reach into the taking.
    expect(healed).toBeGreaterThan(2);
  });

  it("of a refund that failed meanwhile, gives back", async () => {
    for (let step = 2, done = false; !done; step += 2) {
      const { stripe, user, refundId } = await refunded();
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
