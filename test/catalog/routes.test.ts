import { env, exports } from "cloudflare:workers";
import OpenAI, { NotFoundError } from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { catalog } from "../../dev/catalogs/default.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { createKey, signUp } from "../support/sign-up.ts";

interface List {
  readonly data: readonly { readonly id: string; readonly slug: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

const get = async <T>(path: string): Promise<T> => {
  const response = await call("GET", path);
  expect(response.status).toBe(200);
  return await response.json<T>();
};

beforeAll(async () => {
  await loadDefaultCatalog();
  const [small] = catalog.models;
  if (small === undefined) throw new Error("no model");
  const { cachedInputPrice: _, ...uncached } = small;
  await loadCatalog(
    database(env.DB),
    {
      models: [
        { ...uncached, id: "vendor/small-2.1:free", inputPrice: 0.15 },
        { ...small, id: "gone", isActive: false },
      ],
      plans: [
        { slug: "old", name: "Old", kind: "one_time", credits: 0.5, isActive: false, sortOrder: 5 },
        {
          slug: "enterprise",
          name: "Enterprise",
          kind: "custom",
          allowances: { message: { limit: null, period: "day" } },
          sortOrder: 90,
        },
        {
          slug: "yen",
          name: "Yen",
          kind: "one_time",
          credits: 1,
          prices: [{ currency: "JPY", amountMinor: 1500 }],
          sortOrder: 91,
        },
      ],
    },
    Date.now(),
  );
});

const UNLINKED = { stripePriceId: null, overageAmountMinor: null, meteredStripePriceId: null };
const SOLD = ["starter", "plus", "max", "conversation", "enterprise", "yen"];
const ALL = ["free", "pro", "business", "old", ...SOLD];

describe("GET /api/plans", () => {
  it("shows every plan in the operator's order, and /active those that are sold", async () => {
    const all = await get<List>("/api/plans");
    expect(all.data.map((plan) => plan.slug)).toEqual(ALL);
    expect(all).toMatchObject({ object: "list", hasMore: false, nextCursor: null });
    const active = await get<List>("/api/plans/active");
    expect(active.data.map((plan) => plan.slug)).toEqual(ALL.filter((slug) => slug !== "old"));
  });

  it("gives the list page by page, each plan once", async () => {
    const slugs: string[] = [];
    let path = "/api/plans?limit=3";
    for (let page = 0; page < 4; page += 1) {
      const { data, nextCursor } = await get<List>(path);
      slugs.push(...data.map((plan) => plan.slug));
      path = `/api/plans?limit=3&cursor=${nextCursor}`;
    }
    expect(slugs).toEqual(ALL);
  });

  it.each(["limit=0", "limit=101", "limit=x", "cursor=nonsense", "cursor=1.pln_'"])(
    "refuses ?%s, naming it",
    async (query) => {
      const response = await call("GET", `/api/plans?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { code: "invalid_request", param: query.split("=")[0] },
      });
    },
  );

  it("shows a pack with its prices, by its slug and by its id", async () => {
    const bySlug = await get<{ id: string }>("/api/plans/starter");
    expect(bySlug).toEqual({
      id: expect.stringMatching(/^pln_/),
      slug: "starter",
      name: "Starter",
      names: { ar: "البداية" },
      kind: "one_time",
      price: 9.99,
      credits: 100,
      creditsExpireAfterDays: null,
      stripeKey: null,
      isActive: true,
      prices: [
        {
          id: expect.stringMatching(/^prc_/),
          currency: "usd",
          interval: null,
          amountMinor: 999,
          ...UNLINKED,
        },
        {
          id: expect.stringMatching(/^prc_/),
          currency: "eur",
          interval: null,
          amountMinor: 999,
          ...UNLINKED,
        },
      ],
      allowances: {},
      models: null,
      features: [],
      featureNames: {},
      highlighted: false,
      requestsPerMinute: 60,
      trialDays: 0,
      unlocks: null,
    });
    expect(await get(`/api/plans/${bySlug.id}`)).toEqual(bySlug);
  });

  it("shows what is free as 0, what has no price as null, and yen without decimals", async () => {
    expect(await get("/api/plans/free")).toMatchObject({
      price: 0,
      allowances: { message: { limit: 50, period: "day" } },
    });
    expect(await get("/api/plans/enterprise")).toMatchObject({
      price: null,
      allowances: { message: { limit: null } },
    });
    expect(await get("/api/plans/old")).toMatchObject({
      price: null,
      credits: 0.5,
      isActive: false,
    });
    expect(await get("/api/plans/yen")).toMatchObject({
      price: 1500,
      prices: [{ currency: "jpy" }],
    });
  });

  it("answers 404 for a plan that is not there", async () => {
    const response = await call("GET", "/api/plans/pln_nowhere");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "not_found" } });
  });
});

describe("/v1/models through the openai client", () => {
  let client: OpenAI;
  beforeAll(async () => {
    client = new OpenAI({
      apiKey: await createKey(await signUp()),
      baseURL: "http://farebox.test/v1",
      maxRetries: 0,
      fetch: (input, init) => exports.default.fetch(new Request(input, init)),
    });
  });

  it("lists the models that may be used", async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(["large", "medium", "small", "vendor/small-2.1:free"]);
  });

  it("gives one, with its price in credits per million tokens", async () => {
    const small = await client.models.retrieve("small");
    expect(small).toMatchObject({
      id: "small",
      object: "model",
      owned_by: "local",
      context_length: 128_000,
      max_output_tokens: 16_384,
      pricing: { input: 0.5, cached_input: 0.125, output: 1.5 },
    });
    expect(Math.abs(small.created - Date.now() / 1000)).toBeLessThan(600);
  });

  it("returns a model whose id has a slash; cached input costs as input by default", async () => {
    const pricing = { input: 0.15, cached_input: 0.15, output: 1.5 };
    expect(await client.models.retrieve("vendor/small-2.1:free")).toMatchObject({
      id: "vendor/small-2.1:free",
      pricing,
    });
    expect(await get("/v1/models/vendor/small-2.1:free")).toMatchObject({
      id: "vendor/small-2.1:free",
      pricing,
    });
  });

  it.each(["nope", "gone", "vendor/nope"])("answers 404 model_not_found for %s", async (id) => {
    const error = await client.models.retrieve(id).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: "model_not_found" });
  });
});
