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
  ["pro", { currency: "gbp" }, "currency", "Pro is not sold in gbp. It is sold in: usd, eur, jpy."],
  [
    "pro",
    { currency: "jpy", interval: "month" },
    "currency",
    "Pro is not sold in jpy. It is sold in: usd, eur.",
  ],
  [
    "pro",
    { interval: "week" },
    "interval",
    "Pro is not paid by the week. It is paid: month, year.",
  ],
  ["pack", { interval: "month" }, "interval", "Pack is not paid by the month. It is paid: once."],
  ["ended", {}, "planId", "Ended is no longer sold."],
  ["gratis", {}, "planId", "Free has no price to pay."],
])("does not sell %s for %o", async (slug, params, param, message) => {
  expect(choosePrice(await plan(slug), params)).toEqual({
    ok: false,
    failure: { code: "invalid_request", message, param },
  });
});
