import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { catalog } from "../../dev/catalogs/default.ts";
import {
  type CatalogData,
  findFreePlan,
  findModel,
  findPlan,
  hasEntitlements,
  linkPrice,
  listPlans,
  loadCatalog,
  type PricedPlan,
  toEntitlement,
} from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

const db = database(env.DB);
const pro: CatalogData["plans"][number] = {
  slug: "t-pro",
  name: "Pro",
  kind: "subscription",
  allowances: { message: { limit: 500, period: "day" } },
  features: ["priority"],
  prices: [
    { currency: "usd", interval: "month", amountMinor: 1500 },
    { currency: "usd", interval: "year", amountMinor: 15_000 },
  ],
};

async function plan(slug: string): Promise<PricedPlan> {
  const found = await findPlan(db, slug);
  if (found === undefined) throw new Error(`no plan ${slug}`);
  return found;
}

const load = (plans: CatalogData["plans"], nowMs = 2000) =>
  loadCatalog(db, { plans, models: catalog.models }, nowMs);

const repriced = (amountMinor: number) => ({
  ...pro,
  slug: "repriced",
  prices: [{ currency: "usd", interval: "month", amountMinor } as const],
});

beforeAll(async () => {
  expect(await findFreePlan(db)).toBeUndefined();
  await loadCatalog(db, catalog, 1000);
});

describe("the default catalog", () => {
  it("has a free plan of 50 messages a day, subscriptions, packs and a tier", async () => {
    const plans = await listPlans(db, { activeOnly: true });
    expect(
      plans.map(({ slug, kind, creditsMicrocredits, trialDays }) => [
        slug,
        kind,
        creditsMicrocredits / 1e6,
        trialDays,
      ]),
    ).toEqual([
      ["free", "free", 0, 0],
      ["pro", "subscription", 0, 14],
      ["business", "subscription", 0, 0],
      ["starter", "one_time", 100, 0],
      ["plus", "one_time", 350, 0],
      ["max", "one_time", 1300, 0],
      ["conversation", "one_time", 20, 0],
    ]);
    const pricesOf = async (slug: string) =>
      (await plan(slug)).prices.map(({ currency, interval, amountMinor }) => [
        currency,
        interval,
        amountMinor,
      ]);
    expect(await pricesOf("starter")).toEqual([
      ["usd", null, 999],
      ["eur", null, 999],
    ]);
    expect(await pricesOf("pro")).toEqual([
      ["usd", "month", 1500],
      ["usd", "year", 15_000],
    ]);
    expect(await plan("conversation")).toMatchObject({ unlocks: "conversation" });
    for (const id of ["small", "medium", "large"])
      expect(await findModel(db, id, 1000)).toMatchObject({ id });
  });

  it("entitles free users to an allowance, and buyers of a pack to nothing new", async () => {
    const free = await plan("free");
    expect(toEntitlement(free, { hasFreeAllowance: true })).toEqual({
      planId: free.id,
      planVersion: 1,
      allowances: {
        message: { limit: 50, period: "day" },
        token: { limit: 250_000, period: "day" },
        agent: { limit: 1, period: "at_once" },
      },
      models: ["small", "medium"],
      features: [],
      requestsPerMinute: 60,
    });
    expect(toEntitlement(free, { hasFreeAllowance: false }).allowances).toEqual({
      message: { limit: 0, period: "day" },
      token: { limit: 0, period: "day" },
      agent: { limit: 0, period: "at_once" },
    });
    expect(hasEntitlements(free)).toBe(true);
    expect(hasEntitlements(await plan("starter"))).toBe(false);
    expect(await findFreePlan(db)).toMatchObject({ id: free.id });
  });
});

describe("loading a catalog again", () => {
  it("keeps ids, Stripe ids and versions", async () => {
    await load([{ ...pro, stripeProductId: "prod_pro" }]);
    const before = await plan("t-pro");
    const monthly = before.prices[0];
    await linkPrice(db, monthly?.id ?? "", { stripePriceId: "price_pro_monthly" });
    await load([pro], 3000);
    const after = await plan("t-pro");
    expect(after).toEqual({
      ...before,
      updatedAt: 3000,
      prices: [{ ...monthly, stripePriceId: "price_pro_monthly" }, before.prices[1]],
    });
  });

  it("raises the version for a change of the entitlement and no other", async () => {
    const changes: [change: Partial<typeof pro>, raises: boolean][] = [
      [{ name: "Professional", sortOrder: 7, credits: 5 }, false],
      [{ allowances: { message: { period: "day", limit: 501 } } }, true],
      [{ models: ["small"] }, true],
      [{ models: null }, true],
      [{ features: [] }, true],
      [{ requestsPerMinute: 61 }, true],
    ];
    let data = { ...pro, slug: "versioned" };
    await load([data]);
    for (const [change, raises] of changes) {
      const { version } = await plan("versioned");
      data = { ...data, ...change };
      await load([data]);
      await load([data]);
      expect([change, (await plan("versioned")).version]).toEqual([
        change,
        version + (raises ? 1 : 0),
      ]);
    }
  });

  it("makes another amount another price, and finds the old one again", async () => {
    await load([repriced(1500)]);
    const [old] = (await plan("repriced")).prices;
    await linkPrice(db, old?.id ?? "", { stripePriceId: "price_repriced" });
    await load([repriced(1900)]);
    const [dearer, ...none] = (await plan("repriced")).prices;
    expect(dearer).toMatchObject({ amountMinor: 1900, stripePriceId: null });
    expect(dearer?.id).not.toBe(old?.id);
    expect(none).toEqual([]);
    await load([repriced(1500)]);
    expect((await plan("repriced")).prices).toEqual([{ ...old, stripePriceId: "price_repriced" }]);
  });

  it("changes a model's price, at once for whoever asks in this isolate", async () => {
    const [small] = catalog.models;
    if (small === undefined) throw new Error("no model");
    const id = "vendor/small-2.1:free";
    const loadAt = (inputPrice: number) =>
      loadCatalog(db, { plans: [], models: [{ ...small, id, inputPrice }] }, 5000);
    await loadAt(0.15);
    expect(await findModel(db, id, 5000)).toMatchObject({
      inputPriceMicrocreditsPerMillion: 150_000,
      createdAt: 5000,
    });
    await loadAt(0.16);
    expect(await findModel(db, id, 5001)).toMatchObject({
      inputPriceMicrocreditsPerMillion: 160_000,
      createdAt: 5000,
    });
  });

  it("leaves alone what is not in it", async () => {
    await load([{ ...pro, slug: "another" }]);
    expect(await plan("starter")).toMatchObject({ isActive: true });
  });
});

it("loads nothing of a catalog that has a mistake in it", async () => {
  const wrong: [plans: CatalogData["plans"], why: RegExp][] = [
    [
      [
        { ...pro, slug: "fine" },
        { ...pro, slug: "Not Fine" },
      ],
      /lowercase letters/,
    ],
    [
      [
        { ...pro, slug: "fine" },
        { ...pro, slug: "fine" },
      ],
      /two plans have the slug/,
    ],
    [[{ ...pro, slug: "fine", models: ["tiny"] }], /have a model \\"tiny\\"/],
  ];
  for (const [plans, why] of wrong) {
    await expect(load(plans)).rejects.toThrow(why);
    expect(await findPlan(db, "fine")).toBeUndefined();
  }
});
