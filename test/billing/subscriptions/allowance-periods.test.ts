import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import type { CatalogData } from "../../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../../src/catalog/index.ts";
import { runCron } from "../../../src/cron.ts";
import { database } from "../../../src/db.ts";
import { DAY_MS, HOUR_MS } from "../../../src/time.ts";
import type { TestUser } from "../../support/sign-up.ts";
import { callSignedIn, standInTimedStripe, subscribeUser } from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.useRealTimers());

/** Noon on a day whose months are clamped. */
const START = Date.UTC(2083, 0, 31, 12);

async function createStudio(
  more: Partial<Pick<CatalogData["plans"][number], "trialDays">> = {},
): Promise<string> {
  const slug = `studio-${crypto.randomUUID().slice(0, 8)}`;
  const plan: CatalogData["plans"][number] = {
    slug,
    name: "Studio",
    kind: "subscription",
    allowances: {
      image: { limit: 3, period: "month" },
      model_3d: { limit: 10, period: "billing" },
      tool: { limit: 5, period: "day" },
    },
    prices: [
      { currency: "usd", interval: "month", amountMinor: 999 },
      { currency: "usd", interval: "year", amountMinor: 9990 },
    ],
    ...more,
  };
  await loadCatalog(database(env.DB), { models: [], plans: [plan] }, Date.now());
  return slug;
}

interface Meter {
  readonly used: number;
  readonly limit: number;
  readonly period: string;
  readonly resetsAt: string | null;
}
const metersOf = async (user: TestUser) =>
  (await (await callSignedIn(user, "GET", "/api/usage")).json<{ meters: Record<string, Meter> }>())
    .meters;
const periodEndOf = async (user: TestUser) =>
  (
    await (
      await callSignedIn(user, "GET", "/api/subscription")
    ).json<{
      currentPeriodEnd: string;
    }>()
  ).currentPeriodEnd;

let useCount = 0;
const makeImage = async ({ userId }: TestUser) => {
  useCount += 1;
  const tracked = await creditAccount(env, userId).track({
    operationId: `image:${useCount}`,
    meter: "image",
    quantity: 1,
  });
  return tracked.ok ? tracked.value.usage.used : tracked.failure.code;
};

it("a month's allowance starts again with the subscription's period, once it is paid", async () => {
  const { stripe, advance } = await standInTimedStripe(START);
  const user = await subscribeUser(stripe, await createStudio());
  const customer = (await stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  const february = "2083-02-28T12:00:00.000Z";
  expect(await periodEndOf(user)).toBe(february);
  expect(await metersOf(user)).toMatchObject({
    image: { period: "month", resetsAt: february },
    model_3d: { period: "billing", resetsAt: february },
    tool: { resetsAt: "2083-02-01T00:00:00.000Z" },
  });
  expect([await makeImage(user), await makeImage(user), await makeImage(user)]).toEqual([1, 2, 3]);
  // The calendar's month begins: nothing is given for it.
  await advance(2 * DAY_MS);
  expect(await makeImage(user)).toBe("insufficient_quota");

  // The period is over, and its invoice is a draft for an hour: not paid, and not said to be.
  await advance(Date.UTC(2083, 1, 28, 12, 10) - Date.now());
  expect(await makeImage(user)).toBe("insufficient_quota");
  expect(await metersOf(user)).toMatchObject({ image: { used: 3, resetsAt: null } });
  await advance(2 * HOUR_MS);
  expect(await periodEndOf(user)).toBe("2083-03-31T12:00:00.000Z");
  expect(await metersOf(user)).toMatchObject({
    image: { used: 0, resetsAt: "2083-03-31T12:00:00.000Z" },
  });
  expect(await makeImage(user)).toBe(1);

  // The next payment fails: what is left of the paid period can be used, and no more is given.
  stripe.control.failPayments(customer);
  await advance(Date.UTC(2083, 2, 31, 19) - Date.now());
  expect([await makeImage(user), await makeImage(user), await makeImage(user)]).toEqual([
    2,
    3,
    "insufficient_quota",
  ]);
  expect(await metersOf(user)).toMatchObject({ tool: { limit: 5 }, image: { resetsAt: null } });
  // It is paid after all.
  stripe.control.failPayments(customer, false);
  await advance(10 * DAY_MS);
  await runCron(env, Date.now());
  expect(await metersOf(user)).toMatchObject({
    image: { used: 0, resetsAt: "2083-04-30T12:00:00.000Z" },
  });
});

it("a month of a yearly subscription starts anew each month, `billing` with the year", async () => {
  const { stripe, advance } = await standInTimedStripe(START);
  const user = await subscribeUser(stripe, await createStudio(), { interval: "year" });
  expect(await makeImage(user)).toBe(1);
  expect(await metersOf(user)).toMatchObject({
    image: { used: 1, resetsAt: "2083-02-28T12:00:00.000Z" },
    model_3d: { resetsAt: "2084-01-31T12:00:00.000Z" },
  });
  await advance(Date.UTC(2083, 2, 30, 12) - Date.now());
  expect(await metersOf(user)).toMatchObject({
    image: { used: 0, resetsAt: "2083-03-31T12:00:00.000Z" },
    model_3d: { resetsAt: "2084-01-31T12:00:00.000Z" },
  });
});

it("a trial has its own allowance, and the calendar's month is back after the end", async () => {
  const { stripe, advance } = await standInTimedStripe(START);
  const user = await subscribeUser(stripe, await createStudio({ trialDays: 14 }));
  expect(await makeImage(user)).toBe(1);
  expect(await metersOf(user)).toMatchObject({
    image: { used: 1, resetsAt: "2083-02-14T12:00:00.000Z" },
  });
  await advance(14 * DAY_MS + 10 * 60_000);
  expect(await metersOf(user)).toMatchObject({ image: { used: 1, resetsAt: null } });
  await advance(2 * HOUR_MS);
  expect(await metersOf(user)).toMatchObject({
    image: { used: 0, resetsAt: "2083-03-14T12:00:00.000Z" },
  });
  expect((await callSignedIn(user, "POST", "/api/subscription/cancel")).status).toBe(200);
  expect(await metersOf(user)).toMatchObject({
    image: { resetsAt: "2083-03-14T12:00:00.000Z" },
  });
  await advance(Date.UTC(2083, 2, 14, 13) - Date.now());
  expect((await metersOf(user))["image"]).toBeUndefined();
});

it("month, year and month again give one allowance; the end of a trial a new one", async () => {
  const { stripe, advance } = await standInTimedStripe(START);
  const slug = await createStudio({ trialDays: 14 });
  const user = await subscribeUser(stripe, slug);
  expect([await makeImage(user), await makeImage(user), await makeImage(user)]).toEqual([1, 2, 3]);
  const changeTo = async (interval: string) => {
    await advance(1000);
    const changed = await callSignedIn(user, "POST", "/api/subscription/change", {
      planId: slug,
      interval,
    });
    expect(changed.status, await changed.clone().text()).toBe(200);
    await stripe.control.flush();
    return (await metersOf(user))["image"]?.used;
  };
  // The trial cost nothing, and the year is paid for whole.
  expect(await changeTo("year")).toBe(0);
  expect([await makeImage(user), await makeImage(user), await makeImage(user)]).toEqual([1, 2, 3]);
  // From here on each change gives the money back.
  for (const interval of ["month", "year", "month"]) {
    expect(await changeTo(interval)).toBe(3);
    expect(await makeImage(user)).toBe("insufficient_quota");
  }
});
