import { describe, expect, it } from "vitest";
import { findUsage, mapUsage } from "../../src/chat/find-usage.ts";
import {
  countsPrompt,
  hasCount,
  isPromptField,
  readVendorCount,
} from "../../src/chat/vendor-usage.ts";
import { parseLossless } from "../../src/upstream/index.ts";

const BOUNDS = { maxInput: 5000, maxOutput: 1000 };

/** Usage as vendors document it, and what each counts. */
const VENDORS: readonly [
  vendor: string,
  usage: Readonly<Record<string, unknown>>,
  counted: { input: number; cachedInput: number; cacheWriteInput?: number; output: number },
][] = [
  [
    "OpenAI",
    {
      prompt_tokens: 1000,
      completion_tokens: 50,
      total_tokens: 1050,
      prompt_tokens_details: { cached_tokens: 800, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 30, accepted_prediction_tokens: 0 },
    },
    { input: 1000, cachedInput: 800, output: 50 },
  ],
  [
    "OpenAI's Responses API",
    {
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 800 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 30 },
      total_tokens: 1050,
    },
    { input: 1000, cachedInput: 800, output: 50 },
  ],
  [
    "DeepSeek",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      prompt_cache_hit_tokens: 800,
      prompt_cache_miss_tokens: 200,
    },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "DeepSeek, by the parts of the prompt alone",
    { completion_tokens: 10, prompt_cache_hit_tokens: 800, prompt_cache_miss_tokens: 200 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Moonshot",
    { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010, cached_tokens: 800 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Mistral",
    { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010, num_cached_tokens: 800 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Qwen",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      prompt_tokens_details: { cached_tokens: 700, cache_creation_input_tokens: 100 },
    },
    { input: 1000, cachedInput: 700, cacheWriteInput: 100, output: 10 },
  ],
  [
    "xAI, which counts reasoning beside the completion",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1310,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 300 },
    },
    { input: 1000, cachedInput: 5, output: 310 },
  ],
  [
    "Perplexity, whose reasoning is in neither the completion nor the total",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      search_context_size: "low",
      citation_tokens: 4000,
      reasoning_tokens: 77,
    },
    { input: 1000, cachedInput: 0, output: 87 },
  ],
  [
    "Gemini behind OpenAI's surface, whose thinking is in the total alone",
    { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1200 },
    { input: 1000, cachedInput: 0, output: 200 },
  ],
  [
    "Gemini",
    {
      promptTokenCount: 1000,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 190,
      totalTokenCount: 1200,
      cachedContentTokenCount: 800,
    },
    { input: 1000, cachedInput: 800, output: 200 },
  ],
  [
    "Anthropic, which counts its cache beside the input",
    {
      input_tokens: 100,
      cache_read_input_tokens: 800,
      cache_creation_input_tokens: 100,
      output_tokens: 10,
    },
    { input: 1000, cachedInput: 800, cacheWriteInput: 100, output: 10 },
  ],
  [
    "Anthropic, by the parts of what was written to its cache alone",
    {
      input_tokens: 100,
      cache_read_input_tokens: 700,
      cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 150 },
      output_tokens: 10,
    },
    { input: 1000, cachedInput: 700, cacheWriteInput: 200, output: 10 },
  ],
  [
    "a proxy of Anthropic's that counts the cache within the prompt",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      cache_read_input_tokens: 800,
      cache_creation_input_tokens: 100,
      prompt_tokens_details: { cached_tokens: 800 },
    },
    { input: 1000, cachedInput: 800, cacheWriteInput: 100, output: 10 },
  ],
  [
    "a proxy that counts the cache beside the prompt, as the total tells",
    {
      prompt_tokens: 200,
      completion_tokens: 10,
      total_tokens: 1010,
      prompt_tokens_details: { cached_tokens: 800 },
    },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "a proxy that counts the cache beside the prompt, as there is more of it",
    {
      prompt_tokens: 200,
      completion_tokens: 10,
      prompt_tokens_details: { cached_tokens: 800 },
    },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Bedrock",
    {
      inputTokens: 100,
      outputTokens: 10,
      totalTokens: 1010,
      cacheReadInputTokens: 800,
      cacheWriteInputTokens: 100,
    },
    { input: 1000, cachedInput: 800, cacheWriteInput: 100, output: 10 },
  ],
  [
    "Bedrock's invocation metrics",
    { inputTokenCount: 1000, outputTokenCount: 10, invocationLatency: 400 },
    { input: 1000, cachedInput: 0, output: 10 },
  ],
  [
    "Bedrock, where the total leaves the cache out",
    { inputTokens: 200, outputTokens: 10, totalTokens: 210, cacheReadInputTokens: 800 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "a proxy of Anthropic's whose total leaves the cache out",
    { prompt_tokens: 200, completion_tokens: 10, total_tokens: 210, cache_read_input_tokens: 800 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Gemini without a total, whose thoughts are beside the candidates",
    { promptTokenCount: 1000, candidatesTokenCount: 60, thoughtsTokenCount: 40 },
    { input: 1000, cachedInput: 0, output: 100 },
  ],
  [
    "Gemini, with what its own tools found",
    {
      promptTokenCount: 1000,
      candidatesTokenCount: 10,
      toolUsePromptTokenCount: 100,
      totalTokenCount: 1110,
    },
    { input: 1100, cachedInput: 0, output: 10 },
  ],
  [
    "Gemini's older SDKs",
    {
      prompt_token_count: 1000,
      cached_content_token_count: 800,
      candidates_token_count: 10,
      thoughts_token_count: 30,
      total_token_count: 1040,
    },
    { input: 1000, cachedInput: 800, output: 40 },
  ],
  [
    "Perplexity, with less reasoning than reply",
    {
      prompt_tokens: 1000,
      completion_tokens: 60,
      total_tokens: 1060,
      num_search_queries: 3,
      reasoning_tokens: 40,
    },
    { input: 1000, cachedInput: 0, output: 100 },
  ],
  [
    "SGLang, whose reasoning is within the completion",
    { prompt_tokens: 1000, completion_tokens: 60, total_tokens: 1060, reasoning_tokens: 40 },
    { input: 1000, cachedInput: 0, output: 60 },
  ],
  [
    "Mistral, by its other name",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      prompt_token_details: { cached_tokens: 800 },
    },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Qwen, by the parts of what was written to its cache alone",
    {
      prompt_tokens: 1000,
      completion_tokens: 10,
      prompt_tokens_details: {
        cached_tokens: 400,
        cache_creation: { ephemeral_5m_input_tokens: 500 },
      },
    },
    { input: 1000, cachedInput: 400, cacheWriteInput: 500, output: 10 },
  ],
  [
    "a proxy with the names of Vercel's AI SDK",
    { promptTokens: 1000, completionTokens: 10, totalTokens: 1010, cachedInputTokens: 800 },
    { input: 1000, cachedInput: 800, output: 10 },
  ],
  [
    "Cohere, which bills less than it counts",
    {
      billed_units: { input_tokens: 900, output_tokens: 10 },
      tokens: { input_tokens: 1000, output_tokens: 10 },
    },
    { input: 900, cachedInput: 0, output: 10 },
  ],
  [
    "a vendor that counts the prompt and the total",
    { prompt_tokens: 1000, total_tokens: 1010 },
    { input: 1000, cachedInput: 0, output: 10 },
  ],
  [
    "a vendor that counts the reply and the total",
    { completion_tokens: 10, total_tokens: 1010 },
    { input: 1000, cachedInput: 0, output: 10 },
  ],
  [
    "vLLM",
    {
      prompt_tokens: 1000,
      total_tokens: 1010,
      completion_tokens: 10,
      prompt_tokens_details: null,
    },
    { input: 1000, cachedInput: 0, output: 10 },
  ],
];

describe("the count of", () => {
  it.each(VENDORS)("%s is read", (_vendor, usage, counted) => {
    expect(readVendorCount(usage, BOUNDS)).toEqual({ cacheWriteInput: 0, ...counted });
  });
});

describe("a count of one side alone", () => {
  const none = { input: undefined, output: undefined, cachedInput: 0, cacheWriteInput: 0 };

  it("of the prompt has the cache beside it, as Anthropic's first event tells", () => {
    const cache = { cache_read_input_tokens: 800, cache_creation_input_tokens: 100 };
    expect(readVendorCount({ input_tokens: 100, ...cache }, BOUNDS)).toEqual({
      ...none,
      input: 1000,
      cachedInput: 800,
      cacheWriteInput: 100,
    });
    expect(readVendorCount({ prompt_tokens: 200, cached_tokens: 800 }, BOUNDS)).toMatchObject({
      input: 1000,
      cachedInput: 800,
    });
  });

  it("of the reply has the reasoning beside it", () => {
    const reasoning = { completion_tokens: 10, reasoning_tokens: 77 };
    expect(readVendorCount(reasoning, BOUNDS)).toEqual({ ...none, output: 87 });
  });

  it("of the reply leaves the prompt unknown, whatever the cache had", () => {
    for (const name of ["cached_tokens", "cache_read_input_tokens"])
      expect(readVendorCount({ output_tokens: 10, [name]: 800 }, BOUNDS)).toEqual({
        ...none,
        cachedInput: 800,
        output: 10,
      });
  });
});

describe("a side without a count of its own is what the other leaves of the total", () => {
  const sidesOf = (usage: object) => {
    const { input, output } = readVendorCount({ ...usage }, BOUNDS);
    return [input, output];
  };

  it.each([
    ["some of it", { prompt_tokens: 100, total_tokens: 110 }, [100, 10]],
    ["as much as its bound", { prompt_tokens: 100, total_tokens: 1100 }, [100, 1000]],
    [
      "more than its bound, which is no count",
      { prompt_tokens: 100, total_tokens: 1101 },
      [100, undefined],
    ],
    ["the prompt's bound", { completion_tokens: 10, total_tokens: 5010 }, [5000, 10]],
    ["nothing, which is no count", { completion_tokens: 10, total_tokens: 10 }, [undefined, 10]],
    [
      "all, beside zero, which is no count",
      { completion_tokens: 0, total_tokens: 50 },
      [undefined, 0],
    ],
    ["nothing at all, without a total", { prompt_tokens: 100 }, [100, undefined]],
  ])("%s", (_what, usage, sides) => {
    expect(sidesOf(usage)).toEqual(sides);
  });

  it("and signs of reasoning alone are no count", () => {
    expect(sidesOf({ prompt_tokens: 100, citation_tokens: 5 })).toEqual([100, undefined]);
  });
});

describe("a cache beside the prompt by its name", () => {
  const read = (prompt_tokens: number, cacheRead: number, cacheWritten: number, more = {}) => {
    const cache = {
      cache_read_input_tokens: cacheRead,
      cache_creation_input_tokens: cacheWritten,
    };
    return readVendorCount({ prompt_tokens, ...cache, ...more }, BOUNDS).input;
  };

  it("is beside one that is smaller than both its parts, up to the bound", () => {
    expect(read(100, 80, 80)).toBe(260);
    expect(read(1000, 3000, 1000)).toBe(5000);
    expect(read(100, 6000, 0)).toBe(100);
  });

  it("is within one that is as large as both its parts", () => {
    expect(read(160, 80, 80)).toBe(160);
  });

  it("is never within a smaller one, whatever the total has", () => {
    expect(read(10, 20, 15, { completion_tokens: 5, total_tokens: 15 })).toBe(45);
    expect(read(10, 20, 10, { completion_tokens: 5, total_tokens: 35 })).toBe(30);
  });
});

describe("a part as large as what it is part of", () => {
  it("is all of it", () => {
    const counted = { input: 1000, cachedInput: 1000, cacheWriteInput: 0, output: 10 };
    const usage = { prompt_tokens: 1000, completion_tokens: 10, cached_tokens: 1000 };
    expect(readVendorCount(usage, BOUNDS)).toEqual(counted);
    expect(readVendorCount({ ...usage, reasoning_tokens: 10 }, BOUNDS)).toEqual(counted);
  });

  it("is beside it where both are as much as the bound", () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 10, reasoning_tokens: 990 };
    expect(readVendorCount(usage, BOUNDS)).toMatchObject({ output: 1000 });
    // A total that no reading adds up to tells nothing.
    const total = { completion_tokens: 100, reasoning_tokens: 900, total_tokens: 1999 };
    expect(readVendorCount({ prompt_tokens: 1000, ...total }, BOUNDS).output).toBe(1000);
  });
});

describe("where the cache's tokens are, the total tells", () => {
  const cache = { cache_read_input_tokens: 700, cache_creation_input_tokens: 100 };

  it.each([
    ["both within", 1000, 1010, 1000],
    ["both beside", 200, 1010, 1000],
    ["what was read beside", 300, 1010, 1000],
    ["what was written beside", 900, 1010, 1000],
  ])("%s the prompt of %d, by a total of %d", (_where, prompt_tokens, total_tokens, input) => {
    const usage = { prompt_tokens, completion_tokens: 10, total_tokens, ...cache };
    expect(readVendorCount(usage, BOUNDS)).toEqual({
      input,
      cachedInput: 700,
      cacheWriteInput: 100,
      output: 10,
    });
  });

  it("and without one it is within a prompt that is named as OpenAI names it", () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 10, cache_read_input_tokens: 800 };
    expect(readVendorCount(usage, BOUNDS)).toMatchObject({ input: 1000, cachedInput: 800 });
  });
});

it("a part under several names is the largest of them, in any order", () => {
  for (const [one, other] of [
    [800, 5],
    [5, 800],
  ])
    expect(
      readVendorCount(
        {
          prompt_tokens: 1000,
          completion_tokens: 10,
          cached_tokens: one,
          prompt_tokens_details: { cached_tokens: other },
        },
        BOUNDS,
      ),
    ).toMatchObject({ input: 1000, cachedInput: 800 });
});

it("a field is of the prompt, or of the reply and both", () => {
  for (const name of ["prompt_tokens", "input_tokens", "cache_read_input_tokens", "cost"])
    expect([name, isPromptField(name)]).toEqual([name, true]);
  for (const name of ["completion_tokens", "output_tokens", "total_tokens", "reasoning_tokens"])
    expect([name, isPromptField(name)]).toEqual([name, false]);
  expect(countsPrompt({ prompt_cache_miss_tokens: 200 })).toBe(true);
  expect(countsPrompt({ completion_tokens: 200 })).toBe(false);
});

describe("a part that is larger than what it is part of", () => {
  const good = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
  const { total_tokens: _, ...withoutTotal } = good;
  const plain = { input: 1000, cachedInput: 0, cacheWriteInput: 0, output: 10 };

  it.each([1001, 4000, 1e12, 1e300])("is none where the total says so: %d", (cached_tokens) => {
    expect(readVendorCount({ ...good, prompt_tokens_details: { cached_tokens } }, BOUNDS)).toEqual(
      plain,
    );
    const written = { cache_write_tokens: cached_tokens };
    expect(readVendorCount({ ...good, prompt_tokens_details: written }, BOUNDS)).toEqual(plain);
  });

  it.each([4001, 1e12])("is none where it cannot be beside it either: %d", (cached_tokens) => {
    expect(readVendorCount({ ...withoutTotal, cached_tokens }, BOUNDS)).toEqual(plain);
  });

  it("is beside it, where it can be", () => {
    expect(readVendorCount({ ...withoutTotal, cached_tokens: 4000 }, BOUNDS)).toEqual({
      ...plain,
      input: 5000,
      cachedInput: 4000,
    });
    expect(readVendorCount({ ...good, reasoning_tokens: 11 }, BOUNDS)).toEqual({
      ...plain,
      output: 21,
    });
    expect(readVendorCount({ ...good, reasoning_tokens: 991 }, BOUNDS)).toEqual(plain);
  });

  it("is beside it where no total says otherwise, and then beyond the bound", () => {
    expect(readVendorCount({ ...withoutTotal, reasoning_tokens: 991 }, BOUNDS)).toEqual({
      ...plain,
      output: 1001,
    });
  });

  it("leaves what was read from a cache, where only what was written is too large", () => {
    const details = { cached_tokens: 800, cache_write_tokens: 9000 };
    expect(readVendorCount({ ...good, prompt_tokens_details: details }, BOUNDS)).toEqual({
      ...plain,
      cachedInput: 800,
    });
  });

  it("is beside it by its name, beyond the bound too", () => {
    const usage = { input_tokens: 1000, output_tokens: 10, cache_read_input_tokens: 4001 };
    expect(readVendorCount(usage, BOUNDS)).toEqual({ ...plain, input: 5001, cachedInput: 4001 });
  });
});

it("a count with more digits than a double has is beyond every bound, and is one", () => {
  const digits = "12345678901234567";
  const usage = `{"prompt_tokens":${digits},"completion_tokens":${digits}1}`;
  for (const parse of [JSON.parse, parseLossless]) {
    const { input, output } = readVendorCount(parse(usage), BOUNDS);
    expect(input).toBeGreaterThan(1e16);
    expect(output).toBeGreaterThan(1e17);
    expect(hasCount(parse(usage))).toBe(true);
  }
});

describe("an odd value takes no other count with it", () => {
  const good = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
  const ODD = [-1, 1.5, Number.NaN, "800", true, null, [], {}, { tokens: 3 }, { rawJSON: 3 }];

  it.each(ODD)("%j as a part", (odd) => {
    for (const parts of [
      { prompt_tokens_details: odd },
      { prompt_tokens_details: { cached_tokens: odd, cache_write_tokens: odd } },
      { completion_tokens_details: { reasoning_tokens: odd } },
      { prompt_cache_hit_tokens: odd },
      { cached_tokens: odd },
      { cache_read_input_tokens: odd, cache_creation_input_tokens: odd },
    ])
      expect(readVendorCount({ ...good, ...parts }, BOUNDS)).toEqual({
        input: 1000,
        cachedInput: 0,
        cacheWriteInput: 0,
        output: 10,
      });
  });

  it.each(ODD)("%j as a side, or as the total", (odd) => {
    expect(readVendorCount({ ...good, total_tokens: odd }, BOUNDS)).toMatchObject({
      input: 1000,
      output: 10,
    });
    // The total tells the side that is odd.
    expect(readVendorCount({ ...good, prompt_tokens: odd }, BOUNDS)).toMatchObject({
      input: 1000,
      output: 10,
    });
    expect(readVendorCount({ ...good, completion_tokens: odd }, BOUNDS)).toMatchObject({
      input: 1000,
      output: 10,
    });
    const { total_tokens: _total, ...sides } = good;
    expect(readVendorCount({ ...sides, prompt_tokens: odd }, BOUNDS)).toMatchObject({
      input: undefined,
      output: 10,
    });
    expect(readVendorCount({ ...sides, completion_tokens: odd }, BOUNDS)).toMatchObject({
      input: 1000,
      output: undefined,
    });
  });
});

describe("usage", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2 };
  const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

  it.each([
    ["beside the choices", { choices: [], usage }],
    ["in Groq's part", { choices: [], x_groq: { id: "r", usage } }],
    ["in a choice, as Moonshot has it", { choices: [{ index: 0, delta: {}, usage }] }],
    ["in a choice's delta", { choices: [{ index: 0, delta: { content: "", usage } }] }],
    ["in a choice's message", { choices: [{ index: 0, message: { content: "", usage } }] }],
    ["in an event's message, as Anthropic has it", { type: "message_start", message: { usage } }],
    ["in an event's response", { type: "response.completed", response: { usage } }],
    ["in Gemini's field", { candidates: [], usageMetadata: usage }],
    ["in Bedrock's field", { choices: [], "amazon-bedrock-invocationMetrics": usage }],
    ["in the field of Gemini's older SDKs", { candidates: [], usage_metadata: usage }],
    ["in a proxy's field", { choices: [], token_usage: usage }],
    ["in an envelope's result, as Cloudflare has it", { result: { response: "Hi", usage } }],
    ["in an envelope's data", { data: { choices: [], usage } }],
    ["in a choice beside zeros", { usage: zeros, choices: [{ index: 0, usage }] }],
    ["in a choice beside null", { usage: null, choices: [{ index: 0, usage }] }],
  ])("is found %s, edited there, and left out", (_place, json) => {
    expect(findUsage(json)).toEqual(usage);
    expect(JSON.stringify(mapUsage(json, (each) => ({ ...each, cost: 1 })))).toContain(
      '"completion_tokens":2,"cost":1}',
    );
    expect(JSON.stringify(mapUsage(json, null))).not.toMatch(/usage|_tokens|Metrics/);
  });

  it("counts nothing where all of it is zero, missing or no object", () => {
    for (const none of [zeros, {}, [], "10", 10, null, undefined, { cost: 3 }])
      expect(hasCount(none)).toBe(false);
    expect(hasCount(usage)).toBe(true);
  });

  it("is the first that counts something, else the first object", () => {
    expect(findUsage({ usage: null })).toBeUndefined();
    expect(findUsage({ usage: 10, response: { usage: zeros } })).toEqual(zeros);
    expect(findUsage({ choices: [null, "x", { usage }] })).toEqual(usage);
    expect(findUsage({ usage: zeros, choices: [{ usage: { prompt_tokens: 0 } }] })).toEqual(zeros);
    expect(findUsage({ usage, choices: [{ usage: { ...usage, prompt_tokens: 9 } }] })).toEqual(
      usage,
    );
  });

  it("takes no other field with it", () => {
    const choice = { index: 0, delta: { content: "a" }, finish_reason: null };
    const json = { id: "c", usage: null, x_groq: { id: "r" }, choices: [choice, 7] };
    const { usage: _, ...unused } = json;
    expect(mapUsage(json, (each) => ({ ...each, cost: 1 }))).toEqual(json);
    expect(mapUsage(json, null)).toEqual(unused);
    const counted = { ...json, choices: [{ ...choice, usage }] };
    expect(mapUsage(counted, null)).toEqual({ ...unused, choices: [choice] });
    expect(mapUsage(counted, () => ({ cost: 1 }))).toEqual({
      ...json,
      choices: [{ ...choice, usage: { cost: 1 } }],
    });
  });

  it("is in the reply itself where Ollama counts", () => {
    const message = { role: "assistant", content: "Hi" };
    const counted = { prompt_eval_count: 7, eval_count: 5, total_duration: 100, load_duration: 1 };
    const json = { model: "m", message, done: true, ...counted };
    expect(findUsage(json)).toEqual(counted);
    expect(mapUsage(json, null)).toEqual({ model: "m", message, done: true });
    expect(mapUsage(json, (each) => ({ usage: each }))).toEqual({
      model: "m",
      message,
      done: true,
      usage: counted,
    });
    // A field of the same name that is not Ollama's count is the reply's own.
    const other = { model: "m", message, total_count: 3 };
    expect(findUsage(other)).toBeUndefined();
    expect(mapUsage(other, null)).toEqual(other);
  });
});
