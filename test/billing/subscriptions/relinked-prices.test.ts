import { afterEach, expect, it, vi } from "vitest";
import { DAY_MS } from "../../../src/time.ts";
import { callAsAdmin } from "../../support/admin.ts";
import { readPlanAndCredits, standInTimedStripe, subscribeUser } from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

it("linking a plan to another price leaves earlier subscribers their credits", async () => {
  const { stripe, plans, advance } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.max);
  const { id, prices } = await (await callAsAdmin("GET", `/api/admin/plans/${plans.max}`)).json<{
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
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });
  await advance(31 * DAY_MS + 2 * 3_600_000);
  // The credits of the first month last six hours longer than the month.
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 800 });
  const [newest] = (await stripe.client.prices.list({ product, active: true })).data;
  expect((await subscribeUser(stripe, plans.max)).userId).not.toBe(user.userId);
  expect(newest?.id).toBe(other.id);
});

it("a new price at Stripe gives its plan's credits, even if the invoice comes first", async () => {
  const { stripe, plans, advance } = await standInTimedStripe();
  const user = await subscribeUser(stripe, plans.pro);
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
    lookup_key: `${plans.pro}_usd_month`,
    transfer_lookup_key: true,
  });
  await stripe.client.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: price.id }],
    proration_behavior: "always_invoice",
  });
  await stripe.control.deliver();
  // 15.00 + 15.00 are a month at 30.00, which gives 100.
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  stripe.control.release();
  await stripe.control.flush();
  await advance(60_000);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
});
