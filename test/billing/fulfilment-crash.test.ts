import { beforeAll, describe, expect, it, vi } from "vitest";
import { workerDyingAt } from "../support/dying-worker.ts";
import {
  DELIVERED_OUTCOME,
  loadShopCatalog,
  openCheckout,
  readSaleOutcome,
  readUserState,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent, signDelivery } from "../support/webhook.ts";

beforeAll(async () => {
  await loadShopCatalog();
  // Every crash here is intended, and its log would be long.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

describe("I7: a crash at any step of fulfilment", () => {
  it("is repaired by Stripe's next delivery", async () => {
    const stripe = standInStripe();
    let steps = 0;
    for (let done = false; !done; ) {
      steps += 1;
      const user = await signUp();
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-level2" });
      await stripe.pay(url);
      const event = buildEvent(COMPLETED, sessionId);
      const worker = workerDyingAt(steps);
      const answer = await worker.send(await signDelivery(event));
      done = !worker.died();
      expect(answer.status, `dying at step ${steps}`).toBe(done ? 200 : 500);
      expect((await deliverEvent(event)).status).toBe(200);
      expect(await readSaleOutcome(user, sessionId), `dying at step ${steps}`).toEqual(
        DELIVERED_OUTCOME,
      );
      const { planId, entitledPlanId, creditBalance } = await readUserState(user);
      expect([planId, creditBalance], `dying at step ${steps}`).toEqual([entitledPlanId, 10]);
    }
    // Fewer would mean that the crashes did not reach into fulfilment.
    expect(steps).toBeGreaterThan(8);
  });
});
