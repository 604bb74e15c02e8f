import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import {
  choosePrice,
  findPlan,
  loadCatalog,
  type PricedPlan,
  type PriceParams,
} from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

const db = database(env.DB);

async function plan(slug: string): Promise<PricedPlan> {
  const found = await findPlan(db, slug);
  if (found === undefined) throw new Error(`no plan ${slug}`);
  return found;
}

beforeAll(async () => {
  const prices = [
    { currency: "usd", interval: "month", amountMinor: 1500 },
    { currency: "usd", interval: "year", amountMinor: 15_000 },
    { currency: "eur", interval: "year", amountMinor: 14_000 },
    { currency: "eur", interval: "month", amountMinor: 1400 },
    { currency: "jpy", interval: "year", amountMinor: 20_000 },
  ] as const;
  await loadCatalog(
    db,
    {
      models: [],
      plans: [
        { slug: "pro", name: "Pro", kind: "subscription", prices: [...prices] },
        {
          slug: "ended",
          name: "Ended",
          kind: "subscription",
          prices: [...prices],
          isActive: false,
        },
        {
          slug: "pack",
          name: "Pack",
          kind: "one_time",
          prices: [{ currency: "egp", amountMinor: 1000 }],
        },
        // Last, so that sign-ups of other files in this workerd get the default one.
        { slug: "gratis", name: "Free", kind: "free", sortOrder: 1000 },
      ],
    },
    0,
  );
});

it.each<[PriceParams, number]>([
  [{}, 1500],
  [{ currency: "usd" }, 1500],
  [{ currency: "EUR" }, 1400],
  [{ interval: "year" }, 15_000],
  [{ currency: "eur", interval: "year" }, 14_000],
  [{ currency: "jpy" }, 20_000],
])("sells Pro for %o at %i", async (params, amountMinor) => {
  expect(choosePrice(await plan("pro"), params)).toMatchObject({
    ok: true,
    value: { amountMinor },
  });
});

it.each<[slug: string, params: PriceParams, param: string, message: string]>([
  ["pro", { currency: "gbp" }, "currency", "Pro isn't sold in gbp. Choose one of: usd, eur, jpy."],
  [
    "pro",
    { currency: "jpy", interval: "month" },
    "currency",
    "Pro isn't sold in jpy. Choose one of: usd, eur.",
  ],
  [
    "pro",
    { interval: "week" },
    "interval",
    "Pro isn't billed by the week. Choose one of: month, year.",
  ],
  [
    "pack",
    { interval: "month" },
    "interval",
    "Pack isn't billed by the month. Choose one of: once.",
  ],
  ["ended", {}, "planId", "Ended is no longer on sale."],
  ["gratis", {}, "planId", "Free doesn't have a price."],
])("does not sell %s for %o", async (slug, params, param, message) => {
  expect(choosePrice(await plan(slug), params)).toEqual({
    ok: false,
    failure: { code: "invalid_request", message, param },
  });
});
