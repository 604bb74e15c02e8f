import { beforeAll, expect, it, vi } from "vitest";
import { workerDyingAt } from "../../support/dying-worker.ts";
import { openCheckout, readUserState } from "../../support/shop.ts";
import { signUp } from "../../support/sign-up.ts";
import { standInStripe } from "../../support/stripe.ts";
import { createSubscriptionPlans, readPlanAndCredits } from "../../support/subscriber.ts";
import { buildEvent, deliverEvent, signDelivery } from "../../support/webhook.ts";

// Every crash here is intended, and its log would be long.
beforeAll(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

it("I7: a crash at any step of a subscription's sync is repaired by the next event", async () => {
  const stripe = standInStripe();
  const plans = await createSubscriptionPlans();
  let steps = 0;
  for (let done = false; !done; steps += 3) {
    const user = await signUp();
    const { url, sessionId } = await openCheckout(user.token, { planId: plans.pro });
    await stripe.pay(url);
    const { invoice } = await stripe.client.checkout.sessions.retrieve(sessionId);
    const event = buildEvent("invoice.paid", typeof invoice === "string" ? invoice : "");
    const worker = workerDyingAt(steps + 1);
    const answer = await worker.send(await signDelivery(event));
    done = !worker.died();
    expect(answer.status, `dying at step ${steps + 1}`).toBe(done ? 200 : 500);
    expect((await deliverEvent(event)).status).toBe(200);
    expect(await readPlanAndCredits(user), `dying at step ${steps + 1}`).toEqual({
      plan: plans.pro,
      credits: 100,
    });
    const { orders, sessions, grants } = await readUserState(user);
    expect({ orders, sessions, grants }).toMatchObject({
      orders: [{ status: "completed" }],
      sessions: [{ status: "succeeded" }],
      grants: [{ credits: 100 }],
    });
  }
  // Fewer would mean that the crashes did not reach into the sync.
  expect(steps).toBeGreaterThan(20);
});
