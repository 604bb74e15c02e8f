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
      aliases: [],
      kind: "chat",
      cacheWriteHourPrice: null,
      reasoningPrice: null,
      requestPrice: null,
      imagePrices: null,
      characterPrice: null,
      secondPrice: null,
      priceTiers: [],
      cachedInputPrice: null,
      upstreams: [{ upstream: "local", upstreamModel: "m", weight: null }],
      cacheWritePrice: null,
      descriptions: {},
      maxOutputTokens: 8000,
      reasoning: false,
      imageTokens: null,
      lowDetailImageTokens: null,
      upstreamCost: null,
      isActive: true,
      belowCost: null,
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

  const a = { upstream: "local", upstreamModel: "a", weight: null };
  const b = { upstream: "local", upstreamModel: "b", weight: 3 };

  it("makes a model with other names, which no other model may have", async () => {
    const { id } = await create(model({ aliases: ["gpt-5", "vendor/latest"] }));
    expect((await call("GET", "/v1/models/gpt-5")).status).toBe(200);
    const other = await create(model());
    const problems: readonly (readonly [aliases: string[], at: number])[] = [
      [["gpt-5"], 0],
      [["mine", id], 1],
      [[other.id], 0],
      [["mine", "mine"], 1],
    ];
    for (const [aliases, at] of problems)
      await expectError(
        await callAsAdmin("PATCH", path(other.id), { aliases }),
        400,
        "invalid_request",
        `aliases.${at}`,
      );
    const named = model({ id: "vendor/latest" });
    await expectError(
      await callAsAdmin("POST", "/api/admin/models", named),
      400,
      "invalid_request",
      "id",
    );
    const changed = await callAsAdmin("PATCH", path(id), { aliases: ["gpt-5"] });
    expect(await changed.json()).toMatchObject({ id, aliases: ["gpt-5"] });
    expect((await call("GET", "/v1/models/vendor/latest")).status).toBe(404);
    await callAsAdmin("PATCH", path(id), { aliases: [] });
  });

  it("makes a model of several upstreams, in their order", async () => {
    const {
      upstream: _,
      upstreamModel: __,
      ...body
    } = model({
      upstreams: [{ upstream: "local", upstreamModel: "a" }, b],
    });
    const made = await create(body);
    expect(made).toMatchObject({ upstream: "local", upstreamModel: "a", upstreams: [a, b] });
    const change = async (patch: object) =>
      await (await callAsAdmin("PATCH", path(made.id), patch)).json();
    expect(await change(made)).toEqual(made);
    // The first is changed by the fields of old, and the others stay.
    const c = { ...a, upstreamModel: "c" };
    expect(await change({ upstreamModel: "c" })).toMatchObject({
      upstreamModel: "c",
      upstreams: [c, b],
    });
    expect(await change({ upstreams: [b, c] })).toMatchObject({
      upstreamModel: "b",
      upstreams: [b, c],
    });
    // The weight of one alone says nothing.
    expect(await change({ upstreams: [b] })).toMatchObject({
      upstreams: [{ ...b, weight: null }],
    });
    expect(JSON.stringify(await seen(made.id))).not.toContain("upstream");
  });

  it.each<[why: string, body: Record<string, unknown>, param: string]>([
    ["no upstream", { upstream: undefined }, "upstream"],
    ["no name of the model there", { upstreamModel: undefined }, "upstreamModel"],
    ["a list without upstreams", { upstreams: [] }, "upstreams"],
    ["another upstream than the first of the list", { upstreams: [b] }, "upstreamModel"],
    ["an upstream twice", { upstreamModel: "a", upstreams: [a, b, a] }, "upstreams.2"],
    [
      "an unknown upstream in the list",
      { upstreamModel: "a", upstreams: [a, { ...b, upstream: "elsewhere" }] },
      "upstreams.1.upstream",
    ],
    ["a weight of 0", { upstreams: [{ ...a, weight: 0 }] }, "upstreams.0.weight"],
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
    ["no tokens of a picture", { imageTokens: 0 }, "imageTokens"],
    ["half a token of a picture", { imageTokens: 1.5 }, "imageTokens"],
    ["tokens of a picture as a text", { imageTokens: "1500" }, "imageTokens"],
    ["a low detail without any other", { lowDetailImageTokens: 85 }, "lowDetailImageTokens"],
    [
      "a low detail above any other",
      { imageTokens: 80, lowDetailImageTokens: 85 },
      "lowDetailImageTokens",
    ],
    ["pictures in a prompt that has none", { kind: "embedding", imageTokens: 1500 }, "imageTokens"],
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
    const cost = {
      currency: "usd",
      input: 0.075,
      cachedInput: null,
      cacheWrite: null,
      cacheWriteHour: null,
      output: 0.6,
      reasoning: null,
      request: null,
      images: null,
      character: null,
      second: null,
      tiers: [],
    };
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

  it("keeps, changes and clears what a picture takes", async () => {
    const { id } = await create(model({ imageTokens: 1500, lowDetailImageTokens: 85 }));
    const change = async (body: object) =>
      await (await callAsAdmin("PATCH", path(id), body)).json<Record<string, unknown>>();
    expect(await change({ inputPrice: 0.2 })).toMatchObject({
      imageTokens: 1500,
      lowDetailImageTokens: 85,
    });
    expect(await change({ imageTokens: 4800, lowDetailImageTokens: null })).toMatchObject({
      imageTokens: 4800,
      lowDetailImageTokens: null,
    });
    expect((await change({ imageTokens: null }))["imageTokens"]).toBeNull();
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

describe("a model that counts more than tokens", () => {
  it("keeps its table of prices through other changes, and shows it to users", async () => {
    const imagePrices = { "low/1024x1024": 1.1, "high/1024x1024": 16.7 };
    const { id } = await create(
      model({ kind: "image", inputPrice: 0, outputPrice: 0, imagePrices }),
    );
    const changed = await callAsAdmin("PATCH", path(id), { contextLength: 4000 });
    expect(await changed.json()).toMatchObject({ kind: "image", imagePrices, contextLength: 4000 });
    expect(await seen(id)).toMatchObject({
      kind: "image",
      architecture: { input_modalities: ["text"], output_modalities: ["image"] },
      pricing: { images: imagePrices },
    });
    const refused = await callAsAdmin("PATCH", path(id), { imagePrices: null });
    await expectError(refused, 400, "invalid_request", "imagePrices");
  });
});
