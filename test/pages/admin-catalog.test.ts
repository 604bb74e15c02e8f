import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, readFormFields, submitForm } from "../support/browser.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);
// The files after this one have a Stripe of their own, which has none of what is pushed here.
afterAll(async () => {
  await env.DB.exec("update plans set stripe_product_id = null, stripe_seen = null");
  await env.DB.exec("update prices set stripe_price_id = null, stripe_active = null");
});

const planOf = async (slug: string) =>
  await (await callAsAdmin("GET", `/api/admin/plans/${slug}`)).json<{
    id: string;
    isActive: boolean;
    prices: { currency: string; amountMinor: number }[];
    allowances: object;
  }>();
const modelOf = async () =>
  await (await callAsAdmin("GET", "/api/admin/models/small")).json<Record<string, unknown>>();

describe("the operator's catalog", () => {
  it("deactivates and activates a plan, and updates a part by itself", async () => {
    const headers = await adminHeaders();
    const { id, ...before } = await planOf("t-level1");
    await submitForm(`/admin/plans/${id}/deactivate`, {}, headers);
    expect((await planOf("t-level1")).isActive).toBe(false);
    await submitForm(`/admin/plans/${id}/activate`, {}, headers);
    expect((await planOf("t-level1")).isActive).toBe(true);

    const path = `/admin/plans/${id}`;
    const forms = new Map<string, Record<string, string>>();
    for (const tab of ["basics", "prices", "limits", "content"]) {
      const form = await readFormFields(await openPage(`${path}?tab=${tab}`, headers));
      forms.set(tab, form);
      const same = await submitForm(`${path}?tab=${tab}`, form, headers);
      expect(same.headers.get("location")).toBe(`${path}?tab=${tab}`);
      expect(same.headers.get("set-cookie")).toContain("farebox_flash=catalogSaved");
    }
    expect(await planOf("t-level1")).toEqual({
      ...before,
      id,
      version: expect.any(Number),
      updatedAt: expect.any(String),
    });
    const [prices, limits] = [forms.get("prices"), forms.get("limits")];
    expect(prices).toMatchObject({ "price.0": "20.00" });
    expect(limits).toMatchObject({
      "mode.message": "number",
      "limit.message": "1000",
      "period.message": "day",
      "mode.token": "",
    });
    await submitForm(
      `${path}?tab=prices`,
      { ...prices, "price.0": "21.50", "newAmount.0": "1500", "newCurrency.0": "JPY" },
      headers,
    );
    await submitForm(
      `${path}?tab=limits`,
      {
        ...limits,
        "mode.message": "unlimited",
        "mode.tool": "number",
        "limit.tool": "3",
        "period.tool": "month",
        "mode.image": "none",
      },
      headers,
    );
    expect(await planOf("t-level1")).toMatchObject({
      prices: [
        { currency: "usd", amountMinor: 2150 },
        { currency: "jpy", amountMinor: 1500 },
      ],
      allowances: {
        message: { limit: null },
        tool: { limit: 3, period: "month" },
        image: { limit: 0 },
      },
    });
    for (const [tab, field, value, named = field] of [
      ["prices", "price.0", "dear"],
      ["prices", "newAmount.0", "5", "newCurrency.0"],
      ["basics", "credits", "some"],
      ["basics", "requestsPerMinute", "0"],
      ["limits", "limit.message", "-1"],
      ["limits", "limit.message", ""],
    ] as const) {
      const fields = { ...forms.get(tab), [field]: value };
      const refused = await submitForm(`${path}?tab=${tab}`, fields, headers);
      expect([refused.status, await refused.text()], field).toEqual([
        400,
        expect.stringContaining(`id="${named}-problem"`),
      ]);
    }
    expect(await planOf("t-level1")).toMatchObject({ allowances: { message: { limit: null } } });
  });

  it("sets the models and features of a plan", async () => {
    const headers = await adminHeaders();
    const { id } = await planOf("t-level2");
    await submitForm(
      `/admin/plans/${id}?tab=content`,
      { "model.small": "yes", features: " Fast \n\nFriendly" },
      headers,
    );
    expect(await planOf("t-level2")).toMatchObject({
      models: ["small"],
      features: ["Fast", "Friendly"],
    });
    await submitForm(`/admin/plans/${id}?tab=content`, { allModels: "yes", features: "" }, headers);
    expect(await planOf("t-level2")).toMatchObject({ models: null, features: [] });
  });

  it("creates a plan off sale, and a model", async () => {
    const headers = await adminHeaders();
    const created = await submitForm(
      "/admin/plans",
      { name: "Team", slug: "t-team", kind: "subscription" },
      headers,
    );
    expect(created.headers.get("location")).toMatch(/^\/admin\/plans\/pln_\w+\?tab=prices$/);
    expect(await planOf("t-team")).toMatchObject({ isActive: false, prices: [] });
    const again = await submitForm(
      "/admin/plans",
      { name: "Team", slug: "T team", kind: "free" },
      headers,
    );
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('id="slug-problem"'),
    ]);
    const model = {
      id: "maker/new-one",
      upstream: "local",
      upstreamModel: "new-one",
      inputPrice: "1",
      outputPrice: "2",
      contextLength: "8000",
      reasoning: "yes",
    };
    const refused = await submitForm("/admin/models", { ...model, inputPrice: "" }, headers);
    expect(await refused.text()).toContain('id="inputPrice-problem"');
    await submitForm("/admin/models", model, headers);
    expect(
      await (await callAsAdmin("GET", "/api/admin/models/maker/new-one")).json(),
    ).toMatchObject({ outputPrice: 2, reasoning: true, isActive: true });
  });

  it("edits the order in which a model's providers are tried", async () => {
    const headers = await adminHeaders();
    const before = await modelOf();
    const form = await readFormFields(await openPage("/admin/models/small", headers));
    const more = {
      aliases: "little, tiny",
      weight: "3",
      fallbacks: "local other/name *1\n\n local  third \n",
    };
    await submitForm("/admin/models/small", { ...form, ...more }, headers);
    const first = { upstream: "local", upstreamModel: "small", weight: 3 };
    const upstreams = [
      first,
      { upstream: "local", upstreamModel: "other/name", weight: 1 },
      { upstream: "local", upstreamModel: "third", weight: null },
    ];
    expect(await modelOf()).toEqual({ ...before, aliases: ["little", "tiny"], upstreams });
    const page = await openPage("/admin/models/small", headers);
    const text = await page.clone().text();
    expect(text).toContain(">local other/name *1\nlocal third</textarea>");
    expect(await readFormFields(page)).toMatchObject({
      aliases: "little, tiny",
      weight: "3",
    });
    for (const fallbacks of ["elsewhere x", "local"]) {
      const refused = await submitForm("/admin/models/small", { ...form, fallbacks }, headers);
      expect(await refused.text()).toContain('id="fallbacks-problem"');
    }
    await submitForm("/admin/models/small", form, headers);
    expect(await modelOf()).toEqual(before);
  });

  it("updates a model's prices, and deactivates and activates it", async () => {
    const headers = await adminHeaders();
    const before = await modelOf();
    const form = await readFormFields(await openPage("/admin/models/small", headers));
    await submitForm("/admin/models/small", form, headers);
    expect(await modelOf()).toEqual(before);
    await submitForm("/admin/models/small", { ...form, outputPrice: "7.25" }, headers);
    expect(await modelOf()).toEqual({ ...before, outputPrice: 7.25 });
    const refused = await submitForm(
      "/admin/models/small",
      { ...form, inputPrice: "0", cachedInputPrice: "5" },
      headers,
    );
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('id="cachedInputPrice-problem"'),
    ]);
    await submitForm("/admin/models/small/deactivate", {}, headers);
    expect(await modelOf()).toMatchObject({ isActive: false });
    await submitForm("/admin/models/small/activate", {}, headers);
    expect(await modelOf()).toMatchObject({ isActive: true });
  });

  it("edits every price and cost of a model, and says which price is below its cost", async () => {
    const headers = await adminHeaders();
    const model = {
      id: "maker/full",
      kind: "chat",
      upstream: "local",
      upstreamModel: "full",
      contextLength: "200000",
      imageTokens: "1500",
      lowDetailImageTokens: "85",
      inputPrice: "100",
      cachedInputPrice: "50",
      cacheWritePrice: "125",
      cacheWriteHourPrice: "200",
      outputPrice: "400",
      reasoningPrice: "500",
      requestPrice: "0.5",
      "tier.0.aboveInputTokens": "100,000",
      "tier.0.inputPrice": "200",
      "tier.0.outputPrice": "600",
      "cost.currency": "USD",
      "cost.input": "1",
      "cost.output": "4",
      "cost.reasoning": "5",
      "costTier.0.aboveInputTokens": "100000",
      "costTier.0.input": "2",
      "costTier.0.output": "6",
    };
    const path = "/admin/models/maker%2Ffull";
    const saved = async () =>
      await (await callAsAdmin("GET", "/api/admin/models/maker/full")).json<object>();
    await submitForm("/admin/models", model, headers);
    const before = await saved();
    expect(before).toMatchObject({
      kind: "chat",
      imageTokens: 1500,
      lowDetailImageTokens: 85,
      cacheWriteHourPrice: 200,
      reasoningPrice: 500,
      requestPrice: 0.5,
      priceTiers: [{ aboveInputTokens: 100_000, inputPrice: 200, reasoningPrice: null }],
      upstreamCost: { currency: "usd", reasoning: 5, tiers: [{ input: 2, output: 6 }] },
    });
    const form = await readFormFields(await openPage(path, headers));
    await submitForm(path, form, headers);
    expect(await saved()).toEqual(before);
    for (const [more, field] of [
      [{ reasoningPrice: "cheap" }, "reasoningPrice"],
      [{ "tier.0.outputPrice": "" }, "tier.0.outputPrice"],
      [{ "tier.1.aboveInputTokens": "5" }, "tier.1.inputPrice"],
      [{ "cost.currency": "zzz" }, "cost.currency"],
      [{ "cost.images": "high/1 x" }, "cost.images"],
      [{ imagePrices: "high/1024x1024" }, "imagePrices"],
      [{ imagePrices: "high/1024x1024 2" }, "imagePrices"],
      [{ kind: "speech" }, "characterPrice"],
      [{ lowDetailImageTokens: "2000" }, "lowDetailImageTokens"],
    ] as const) {
      const refused = await submitForm(path, { ...form, ...more }, headers);
      expect([field, refused.status]).toEqual([field, 400]);
      expect(await refused.text()).toContain(`id="${field}-problem"`);
    }
    expect(await saved()).toEqual(before);
  });

  it("edits a model that makes images, in Arabic", async () => {
    const headers = { ...(await adminHeaders()), "accept-language": "ar" };
    const model = {
      id: "maker/paint",
      kind: "image",
      upstream: "local",
      upstreamModel: "paint",
      contextLength: "4000",
      inputPrice: "0",
      outputPrice: "0",
      imagePrices: "low/1024x1024 1.1\nhigh/1024x1024 16.7",
    };
    await submitForm("/admin/models", model, headers);
    expect(await (await callAsAdmin("GET", "/api/admin/models/maker/paint")).json()).toMatchObject({
      kind: "image",
      imagePrices: { "low/1024x1024": 1.1, "high/1024x1024": 16.7 },
    });
    const page = await openPage("/admin/models/maker%2Fpaint?lang=ar", headers);
    expect(await page.text()).toContain("تكاليفك");
  });

  it("pushes the catalog to Stripe, and shows the changes", async () => {
    standInStripe();
    const pushed = await submitForm("/admin/catalog/push", {}, await adminHeaders());
    expect([pushed.status, await pushed.text()]).toEqual([
      200,
      expect.stringMatching(/\d+ changes in Stripe/),
    ]);
  });
});
