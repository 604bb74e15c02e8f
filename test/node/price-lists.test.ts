import { describe, expect, it } from "vitest";
import { describeDifference, toModels } from "../../dev/import-models.ts";
import { readPriceList } from "../../dev/price-lists.ts";
import { catalogData } from "../../src/catalog/catalog-data.ts";

const OPEN_ROUTER = {
  data: [
    {
      id: "vendor/fast",
      name: "Vendor: Fast",
      context_length: 400_000,
      architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
      pricing: {
        prompt: "0.00000125",
        completion: "0.00001",
        request: "0",
        image: "0",
        input_cache_read: "0.000000125",
      },
      top_provider: { context_length: 400_000, max_completion_tokens: 128_000 },
      supported_parameters: ["tools", "reasoning"],
    },
    {
      id: "openrouter/auto",
      context_length: 2_000_000,
      pricing: { prompt: "-1", completion: "-1" },
    },
    {
      id: "vendor/painter",
      context_length: 32_000,
      architecture: { output_modalities: ["image"] },
      pricing: { prompt: "0.0000003", completion: "0.0000025" },
    },
  ],
};

const MODELS_DEV = {
  vendor: {
    id: "vendor",
    name: "Vendor",
    env: ["VENDOR_API_KEY"],
    models: {
      fast: {
        id: "fast",
        name: "Fast",
        reasoning: true,
        modalities: { input: ["text", "image"], output: ["text"] },
        cost: { input: 1.25, output: 10, cache_read: 0.125 },
        limit: { context: 400_000, output: 128_000 },
      },
      unpriced: { id: "unpriced", limit: { context: 1000, output: 100 } },
    },
  },
};

const LITE_LLM = {
  sample_spec: { mode: "one of: chat, embedding", max_tokens: "LEGACY parameter" },
  fast: {
    mode: "chat",
    litellm_provider: "vendor",
    max_input_tokens: 400_000,
    max_output_tokens: 128_000,
    max_tokens: 128_000,
    input_cost_per_token: 1.25e-6,
    output_cost_per_token: 1e-5,
    cache_read_input_token_cost: 1.25e-7,
    supports_reasoning: true,
  },
  "text-embed": { mode: "embedding", input_cost_per_token: 2e-8, max_input_tokens: 8191 },
};

const FAST = {
  input: 1.25,
  cachedInput: 0.125,
  cacheWrite: null,
  output: 10,
  contextLength: 400_000,
  maxOutputTokens: 128_000,
  reasoning: true,
};

describe("a price list", () => {
  it.each([
    ["OpenRouter's", OPEN_ROUTER, "vendor/fast"],
    ["models.dev's", MODELS_DEV, "fast"],
    ["LiteLLM's", LITE_LLM, "fast"],
  ])("of %s shape gives its chat models, with prices of a million tokens", (_, list, id) => {
    expect(readPriceList(list)).toEqual([{ id, vendor: "vendor", ...FAST }]);
  });

  it("of another shape is refused", () => {
    for (const list of [null, [], "text", { models: [] }, { data: [{ id: 1 }] }])
      expect(() => readPriceList(list)).toThrow("no price list");
  });
});

const terms = { only: [], markupPercent: 30, creditUsd: 0.01, upstream: "vendor" };

describe("models of a list", () => {
  const listed = readPriceList(LITE_LLM);

  it("cost the vendor's price with the markup in credits, and a catalog takes them", () => {
    const models = toModels(listed, terms);
    expect(models).toMatchObject([
      {
        id: "fast",
        upstream: "vendor",
        inputPrice: 162.5,
        cachedInputPrice: 16.25,
        outputPrice: 1300,
        maxOutputTokens: 128_000,
        upstreamCost: { currency: "usd", input: 1.25, cachedInput: 0.125, output: 10 },
      },
    ]);
    expect(catalogData.parse({ plans: [], models }).models).toHaveLength(1);
  });

  it("are never rounded below what they cost", () => {
    const [model] = toModels(listed, { ...terms, markupPercent: 0, creditUsd: 0.03 });
    expect(model?.inputPrice).toBe(41.666667);
  });

  it("have what a picture takes, where their vendor's rule is known", () => {
    const [fast] = listed;
    if (fast === undefined) throw new Error("The list has a model.");
    const picturesOf = (id: string) => {
      const [made] = toModels([{ ...fast, id }], terms);
      return [made?.imageTokens, made?.lowDetailImageTokens];
    };
    expect(picturesOf("openai/gpt-4o-mini-2024-07-18")).toEqual([48_169, 2833]);
    expect(picturesOf("gpt-4o")).toEqual([1500, 85]);
    expect(picturesOf("openai/gpt-5")).toEqual([1500, 85]);
    expect(picturesOf("anthropic/claude-opus-5")).toEqual([4800, null]);
    for (const id of ["gpt-5-mini", "gpt-4o-audio-preview", "vendor/fast", "not-gpt-4o"])
      expect(picturesOf(id)).toEqual([null, null]);
    const models = toModels([{ ...fast, id: "gpt-4o" }], terms);
    const sold = catalogData.parse({ plans: [], models }).models;
    const before = sold.map((model) => ({ ...model, imageTokens: null }));
    expect(describeDifference(before, sold)).toEqual(["~ gpt-4o  imageTokens none → 1500"]);
  });

  it("are those that are named, by patterns", () => {
    const named = (only: string[]) => toModels(listed, { ...terms, only }).length;
    expect([named(["fa*"]), named(["FAST"]), named(["f.st"]), named(["ast"])]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it("are told as new, as changed field by field, and not at all where they are the same", () => {
    const sold = (markupPercent: number) =>
      catalogData.parse({ plans: [], models: toModels(listed, { ...terms, markupPercent }) })
        .models;
    expect(describeDifference([], sold(30))).toEqual(["+ fast  input 162.5  output 1300"]);
    expect(describeDifference(sold(0), sold(30))).toEqual([
      "~ fast  inputPrice 125 → 162.5, cachedInputPrice 12.5 → 16.25, outputPrice 1000 → 1300",
    ]);
    expect(describeDifference(sold(30), sold(30))).toEqual([]);
  });
});
