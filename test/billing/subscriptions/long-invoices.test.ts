import { afterEach, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/time.ts";
import { countStripeCalls } from "../../support/stripe-traffic.ts";
import { readPlanAndCredits, standInTimedStripe, subscribeUser } from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

it("all lines of an invoice count, also those beyond Stripe's first ten", async () => {
  const { stripe, plans, advance } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.pro);
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const id = subscription?.items.data[0]?.id ?? "";
  await advance(DAY_MS);
  // The operator changes the quantity up and down, to be billed with the renewal.
  for (const quantity of [2, 1, 2, 1, 2, 1]) {
    await stripe.client.subscriptions.update(subscription?.id ?? "", {
      items: [{ id, quantity }],
      proration_behavior: "create_prorations",
    });
  }
  const calls = countStripeCalls();
  await advance(30 * DAY_MS);
  await advance(7 * HOUR_MS);
  const { data } = await stripe.client.invoices.list({ limit: 1 });
  expect(data[0]).toMatchObject({ amount_paid: 1500, lines: { has_more: true } });
  expect(calls().filter((one) => one.includes("/lines "))).not.toEqual([]);
  const { plan, credits } = await readPlanAndCredits(user);
  // Each of its lines is rounded down, by less than a microcredit.
  expect([plan, credits <= 100, credits]).toEqual([plans.pro, true, expect.closeTo(100, 4)]);
});
