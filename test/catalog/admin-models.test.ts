import { describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";

const path = (id: string) => `/api/admin/models/${id}`;
let made = 0;
const model = (more: Record<string, unknown> = {}) => {
  made += 1;
  return {
    id: `vendor/m-${made}.0:x`,
    upstream: "local",
    upstreamModel: "m",
    inputPrice: 0.15,
    outputPrice: 0.6,
    contextLength: 8000,
    ...more,
  };
};

async function create(body: Record<string, unknown>): Promise<{ id: string }> {
  const response = await callAsAdmin("POST", "/api/admin/models", body);
  expect(response.status).toBe(201);
  return await response.json();
}

const seen = async (id: string) =>
  await (await call("GET", `/v1/models/${id}`)).json<{ pricing: object }>();

async function expectError(
  response: Response,
  status: number,
  code: string,
  param: string | null,
): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([
    status,
    { error: { code, param } },
  ]);
}

describe("POST /api/admin/models", () => {
  it("makes a model that may be used at once, at just the price given", async () => {
    const body = model();
    expect(await create(body)).toEqual({
      ...body,
      cachedInputPrice: null,
      cacheWritePrice: null,
      maxOutputTokens: 8000,
      reasoning: false,
      upstreamCost: null,
      isActive: true,
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect(await seen(body.id)).toMatchObject({
      pricing: { input: 0.15, cached_input: 0.15, cache_write: 0.15, output: 0.6 },
      context_length: 8000,
    });
  });

  it("takes prices of 0", async () => {
    await create(model({ inputPrice: 0, outputPrice: 0, cachedInputPrice: 0 }));
  });

  it("makes one of any number of the same id at once", async () => {
    const body = model();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => callAsAdmin("POST", "/api/admin/models", body)),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409,
    ]);
  });

  it.each<[why: string, body: Record<string, unknown>, param: string]>([
    ["an unknown upstream", { upstream: "elsewhere" }, "upstream"],
    ["an upstream by a name that every object has", { upstream: "constructor" }, "upstream"],
    ["an address for an upstream", { upstream: "http://evil.test" }, "upstream"],
    ["a negative price", { inputPrice: -0.1 }, "inputPrice"],
    ["a price that would be rounded", { outputPrice: 0.1234567 }, "outputPrice"],
    ["a price as text", { outputPrice: "1" }, "outputPrice"],
    ["no price", { outputPrice: undefined }, "outputPrice"],
    ["cached input dearer than input", { cachedInputPrice: 0.2 }, "cachedInputPrice"],
    [
      "a full context that costs more than can be counted",
      { outputPrice: 1_000_000, contextLength: 100_000 },
      "outputPrice",
    ],
    [
      "a cost without its currency",
      { upstreamCost: { input: 1, output: 1 } },
      "upstreamCost.currency",
    ],
    [
      "a cost in no currency",
      { upstreamCost: { currency: "zzz", input: 1, output: 1 } },
      "upstreamCost.currency",
    ],
    ["half a cost", { upstreamCost: { currency: "usd", input: 1 } }, "upstreamCost.output"],
    [
      "a cost below 0",
      { upstreamCost: { currency: "usd", input: -1, output: 1 } },
      "upstreamCost.input",
    ],
    [
      "a cost that would be rounded",
      { upstreamCost: { currency: "usd", input: 0.1234567, output: 1 } },
      "upstreamCost.input",
    ],
    ["no context", { contextLength: 0 }, "contextLength"],
    ["half a token", { contextLength: 8000.5 }, "contextLength"],
    ["more output than the context holds", { maxOutputTokens: 8001 }, "maxOutputTokens"],
    ["an id with a space", { id: "a b" }, "id"],
    ["an unknown field", { color: 1 }, "color"],
  ])("refuses %s, naming the field", async (_why, more, param) => {
    await expectError(
      await callAsAdmin("POST", "/api/admin/models", model(more)),
      400,
      "invalid_request",
      param,
    );
  });
});

describe("PATCH and DELETE /api/admin/models/:id", () => {
  it("takes back what GET gave, and changes nothing", async () => {
    const { id } = await create(model({ cachedInputPrice: 0.075, maxOutputTokens: 100 }));
    const shown = await (await callAsAdmin("GET", path(id))).json();
    expect(await (await callAsAdmin("PATCH", path(id), shown)).json()).toEqual(shown);
  });

  it("keeps, changes and clears the upstream's prices, and shows them to nobody else", async () => {
    const cost = { currency: "usd", input: 0.075, cachedInput: null, output: 0.6 };
    const { id } = await create(
      model({ upstreamCost: { currency: "USD", input: 0.075, output: 0.6 } }),
    );
    const change = async (body: object) =>
      await (await callAsAdmin("PATCH", path(id), body)).json<{ upstreamCost: object | null }>();
    expect((await change({ inputPrice: 0.2 })).upstreamCost).toEqual(cost);
    expect(JSON.stringify(await seen(id))).not.toContain("0.075");
    const dearer = { ...cost, cachedInput: 0.01, output: 0.7 };
    expect((await change({ upstreamCost: dearer })).upstreamCost).toEqual(dearer);
    expect((await change({ upstreamCost: null })).upstreamCost).toBeNull();
  });

  it("changes what is given and nothing else, seen at once", async () => {
    const body = model({ cachedInputPrice: 0.075 });
    const { id } = await create(body);
    await seen(id);
    expect(
      (await callAsAdmin("PATCH", path(encodeURIComponent(id)), { inputPrice: 0.3 })).status,
    ).toBe(200);
    expect(await seen(id)).toMatchObject({
      pricing: { input: 0.3, cached_input: 0.075, output: 0.6 },
    });
    await callAsAdmin("PATCH", path(id), { cachedInputPrice: null, contextLength: 4000 });
    expect(await seen(id)).toMatchObject({
      pricing: { cached_input: 0.3 },
      context_length: 4000,
      max_output_tokens: 4000,
    });
  });

  it.each<[change: Record<string, unknown>, param: string]>([
    [{ id: "other" }, "id"],
    [{ upstream: "elsewhere" }, "upstream"],
    [{ inputPrice: 0.01 }, "cachedInputPrice"],
    [{ contextLength: 50 }, "maxOutputTokens"],
    [{ outputPrice: null }, "outputPrice"],
  ])("refuses %o, naming the field", async (change, param) => {
    const { id } = await create(model({ cachedInputPrice: 0.075, maxOutputTokens: 100 }));
    await expectError(await callAsAdmin("PATCH", path(id), change), 400, "invalid_request", param);
  });

  it("takes a model out of use at once and keeps it, and puts it back", async () => {
    const { id } = await create(model());
    expect(await (await callAsAdmin("DELETE", path(id))).json()).toMatchObject({
      id,
      isActive: false,
    });
    expect((await call("GET", `/v1/models/${id}`)).status).toBe(404);
    expect(await (await callAsAdmin("GET", path(id))).json()).toMatchObject({ isActive: false });
    await callAsAdmin("PATCH", path(id), { isActive: true });
    expect((await call("GET", `/v1/models/${id}`)).status).toBe(200);
  });

  it("answers 404 for a model that is not there", async () => {
    for (const method of ["GET", "DELETE"])
      await expectError(await callAsAdmin(method, path("a/b")), 404, "model_not_found", "id");
    await expectError(await callAsAdmin("PATCH", path("a/b"), {}), 404, "model_not_found", "id");
  });
});

it("GET /api/admin/models lists all models, used or not, page by page", async () => {
  const { id } = await create(model({ id: "zzz", isActive: false }));
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await (await callAsAdmin("GET", `/api/admin/models?limit=3${query}`)).json<{
      data: { id: string }[];
      nextCursor: string | null;
    }>();
    ids.push(...page.data.map((one) => one.id));
    cursor = page.nextCursor;
  }
  expect(ids).toContain(id);
  expect(ids).toEqual([...new Set(ids)].toSorted());
});
