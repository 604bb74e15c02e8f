import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { catalogSql } from "../../dev/catalog-sql.ts";
import { catalog } from "../../dev/catalogs/default.ts";
import { catalogData } from "../../src/catalog/catalog-data.ts";
import { findPlan, listModels, listPlans, loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

const db = database(env.DB);
const [small] = catalog.models;
const awkward = catalogData.parse({
  plans: [
    ...catalog.plans,
    {
      slug: "awkward",
      name: `O'Brien's "plan"; drop table plans; -- ? ?1 \\ é`,
      kind: "subscription",
      features: ["it's; here", "a -- b"],
      models: ["small"],
      allowances: {
        message: { limit: null, period: "at_once" },
        token: "unlimited",
        agent: "none",
      },
      prices: [
        { currency: "kwd", interval: "year", amountMinor: 1230, stripePriceId: "price_kwd" },
      ],
      isActive: false,
    },
  ],
  models: [
    ...catalog.models,
    { ...small, id: "v/m", upstreamModel: "it's; a 'model'", cachedInputPrice: null },
  ],
});

const everything = async () => ({
  plans: await listPlans(db, { activeOnly: false }),
  models: await listModels(db, { activeOnly: false }),
});

it("writes the SQL of what the Worker would store; run again, it changes nothing", async () => {
  for (const statement of catalogSql(awkward, 1000)) await env.DB.prepare(statement).run();
  const written = await everything();
  expect(written.plans).toHaveLength(catalog.plans.length + 1);
  expect(await findPlan(db, "awkward")).toMatchObject({
    name: `O'Brien's "plan"; drop table plans; -- ? ?1 \\ é`,
    features: ["it's; here", "a -- b"],
    isActive: false,
    prices: [{ amountMinor: 1230, currency: "kwd", interval: "year", stripePriceId: "price_kwd" }],
  });
  await loadCatalog(db, awkward, 1000);
  expect(await everything()).toEqual(written);
  for (const statement of catalogSql(awkward, 1000)) await env.DB.prepare(statement).run();
  expect(await everything()).toEqual(written);
});
