import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import { runCron } from "../../../src/cron.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/time.ts";
import {
  callSignedIn,
  createMeteredPlan,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/** Subscribes a user who cancels, and goes to some minutes before the end. */
async function untilBeforeTheEnd(minutes: number) {
  const timed = await standInTimedStripe();
  const { stripe, advance } = timed;
  const user = await subscribeUser(stripe, (await createMeteredPlan()).slug);
  expect((await callSignedIn(user, "POST", "/api/subscription/cancel")).status).toBe(200);
  await stripe.control.flush();
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const { id = "", cancel_at: endsAt = 0 } = subscription ?? {};
  await advance((endsAt ?? 0) * 1000 - Date.now() - minutes * MINUTE_MS);
  /** The allowance, and then what is past it, at 2 minor units each. */
  const use = async (quantity: number) => {
    const operationId = `track:${crypto.randomUUID()}`;
    const account = creditAccount(env, user.userId);
    expect((await account.track({ operationId, meter: "message", quantity })).ok).toBe(true);
  };
  const passMinutes = async (count: number) => {
    for (let minute = 0; minute < count; minute += 1) {
      await advance(MINUTE_MS);
      await runCron(env, Date.now());
    }
  };
  const billed = async () => {
    const { data } = await stripe.client.invoices.list({ subscription: id });
    return data
      .flatMap(({ lines }) => lines.data)
      .filter(({ description }) => /^\d+ × Metered \(at \$0.02/.test(description ?? ""))
      .reduce((sum, { amount }) => sum + amount, 0);
  };
  return { ...timed, user, id, use, passMinutes, billed };
}

describe("a subscription that ends as it was canceled", () => {
  it("is billed for the usage past its plan until the end", async () => {
    const { stripe, advance, use, passMinutes, billed } = await untilBeforeTheEnd(4);
    await use(10);
    await use(50);
    await passMinutes(3);
    // Its account still has what was used in the last minute, which the draft's hour takes.
    await use(7);
    await passMinutes(10);
    await advance(2 * HOUR_MS);
    expect(await billed()).toBe(2 * 57);
    expect((await stripe.client.subscriptions.list()).data).toEqual([]);
  });

  it("gives its plan no longer, though no event tells of the end", async () => {
    const { stripe, user, passMinutes } = await untilBeforeTheEnd(4);
    stripe.control.nextEvents({ behaviour: "never", times: 100 });
    await passMinutes(6);
    expect((await readPlanAndCredits(user)).plan).toBe("free");
  });
});
