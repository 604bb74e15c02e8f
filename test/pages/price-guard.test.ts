import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog } from "../support/shop.ts";

beforeAll(loadShopCatalog);

/** A credit is worth a cent in tests: 100 credits are a dollar. */
const MODEL = {
  upstream: "local",
  upstreamModel: "m",
  contextLength: 8000,
  inputPrice: 100,
  outputPrice: 400,
  upstreamCost: { currency: "usd", input: 1, output: 4, reasoning: 5 },
};
const FORM = {
  upstream: "local",
  upstreamModel: "m",
  contextLength: "8000",
  inputPrice: "100",
  outputPrice: "400",
  "cost.currency": "usd",
  "cost.input": "1",
  "cost.output": "4",
  "cost.reasoning": "5",
};

const STRICT = { PRICE_BELOW_COST: "refuse" };

/** Sends a request to a Worker that refuses prices below cost. */
const fetchStrict = (path: string, init: RequestInit): Promise<Response> =>
  Promise.resolve(
    worker.fetch(
      new Request(`http://farebox.test${path}`, { method: "POST", ...init }),
      { ...env, ...STRICT },
      createExecutionContext(),
    ),
  );

it("the route refuses a price below its cost by its field, where that is the setting", async () => {
  const { token } = await adminUser();
  const refused = await fetchStrict("/api/admin/models", {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ ...MODEL, id: "guarded/refused" }),
  });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    {
      error: {
        code: "invalid_request",
        param: "reasoningPrice",
        message: expect.stringMatching(
          /^reasoningPrice: 400 credits are worth less than .* 5 USD$/,
        ),
        details: { rule: "below_cost", price: 400, cost: 5, currency: "usd" },
      },
    },
  ]);
  expect((await call("GET", "/v1/models/guarded/refused")).status).toBe(404);
});

it("the route saves it otherwise, and says which field it is", async () => {
  const saved = await callAsAdmin("POST", "/api/admin/models", { ...MODEL, id: "guarded/warned" });
  expect([saved.status, await saved.json()]).toMatchObject([
    201,
    { belowCost: { field: "reasoningPrice", price: 400, cost: 5, currency: "usd" } },
  ]);
  const path = "/api/admin/models/guarded/warned";
  const raised = await callAsAdmin("PATCH", path, { reasoningPrice: 500 });
  expect(await raised.json()).toMatchObject({ belowCost: null });
});

it.each([
  ["en", "400 credits are worth less than the 5 USD that the provider charges you"],
  ["ar", "ارفع هذا السعر"],
])("the form refuses it beside its field, in words (%s)", async (language, words) => {
  const headers = await adminHeaders();
  const refused = await fetchStrict(`/admin/models?lang=${language}`, {
    headers: {
      ...headers,
      "content-type": "application/x-www-form-urlencoded",
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
      "accept-language": language,
    },
    body: new URLSearchParams({ ...FORM, id: "guarded/form" }).toString(),
  });
  const text = await refused.text();
  expect(refused.status).toBe(400);
  expect(text).toContain('id="reasoningPrice-problem"');
  expect(text).toContain(words);
});

it("the form saves it otherwise, and the model's page names the field", async () => {
  const headers = await adminHeaders();
  const saved = await submitForm("/admin/models", { ...FORM, id: "guarded/kept" }, headers);
  const path = "/admin/models/guarded%2Fkept";
  expect([saved.status, saved.headers.get("location")]).toEqual([303, path]);
  expect(await (await openPage(path, headers)).text()).toContain(
    "Reasoning (empty: same as output): 400 credits are worth less than the 5 USD",
  );
});
