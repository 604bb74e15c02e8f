import { afterEach, expect, it, vi } from "vitest";
import { callAsAdmin } from "../../support/admin.ts";
import {
  DAY_MS,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.useRealTimers());

it("a plan that is linked to another price of Stripe's, and back, leaves whoever subscribed before the credits that they pay for", async () => {
  const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
  const user = await subscribeUser(stripe, shelf.max);
  const { id, prices } = await (await callAsAdmin("GET", `/api/admin/plans/${shelf.max}`)).json<{
    id: string;
    prices: { stripePriceId: string }[];
  }>();
  const old = prices[0]?.stripePriceId ?? "";
  const product = (await stripe.client.prices.retrieve(old)).product;
  if (typeof product !== "string") throw new Error("The product came expanded.");
  const terms = { currency: "usd", unit_amount: 4900, recurring: { interval: "month" } } as const;
  const other = await stripe.client.prices.create({ product, ...terms });
  for (const stripeKey of [other.id, old, other.id])
    expect((await callAsAdmin("PATCH", `/api/admin/plans/${id}`, { stripeKey })).status).toBe(200);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.max, credits: 400 });
  await later(31 * DAY_MS + 2 * 3_600_000);
  // Those of the first month last six hours longer than it.
  expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.max, credits: 800 });
  const [newest] = (await stripe.client.prices.list({ product, active: true })).data;
  expect((await subscribeUser(stripe, shelf.max)).userId).not.toBe(user.userId);
  expect(newest?.id).toBe(other.id);
});

it("a price that was just made at Stripe for a plan gives its credits, also where its invoice is heard of before itself", async () => {
  const { stripe, plans: shelf, advance: later } = await standInTimedStripe();
  const user = await subscribeUser(stripe, shelf.pro);
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const item = subscription?.items.data[0];
  const product = item?.price.product;
  if (subscription === undefined || item === undefined || typeof product !== "string")
    throw new Error("There is no subscription.");
  stripe.control.nextEvents({ behaviour: "late", type: "price.created" });
  const price = await stripe.client.prices.create({
    product,
    currency: "usd",
    unit_amount: 3000,
    recurring: { interval: "month" },
    lookup_key: `${shelf.pro}_usd_month`,
    transfer_lookup_key: true,
  });
  await stripe.client.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: price.id }],
    proration_behavior: "always_invoice",
  });
  await stripe.control.deliver();
  // 15.00 + 15.00 are a month at 30.00, which gives 100.
  expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 100 });
  stripe.control.release();
  await stripe.control.flush();
  await later(60_000);
  expect(await readPlanAndCredits(user)).toEqual({ plan: shelf.pro, credits: 100 });
});
