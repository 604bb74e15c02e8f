import { describe, expect, it, vi } from "vitest";
import type { TokenPrices } from "../../src/account/index.ts";
import {
  measureUsage,
  type UsageBounds,
  withoutVendorPrices,
} from "../../src/chat/measure-usage.ts";
import { buildUpstreamBody, parseChatRequest } from "../../src/chat/request.ts";

const BOUNDS = { promptBoundTokens: 100, maxTokens: 10, choices: 3 };
const reportedUsage = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  ...more,
});

/** Returns an upstream's count if it is believed. The log of one that is not is ignored. */
function measureQuietly(raw: unknown, text: string, bounds: UsageBounds) {
  const measured = measureUsage(raw, { text }, () => 1, bounds);
  return measured.estimated ? null : measured.usage;
}
const withCachedTokens = (tokens: unknown) => ({
  prompt_tokens_details: { cached_tokens: tokens },
});
const reasoning = (tokens: unknown) => ({
  completion_tokens_details: { reasoning_tokens: tokens },
});

describe("an upstream's count", () => {
  it("is believed up to the bound, of the prompt and of all choices, and not beyond", () => {
    expect(measureQuietly(reportedUsage(100, 30), "text", BOUNDS)).toEqual({
      input: 100,
      cachedInput: 0,
      output: 30,
    });
    expect(measureQuietly(reportedUsage(101, 30), "text", BOUNDS)).toBeNull();
    expect(measureQuietly(reportedUsage(100, 31), "text", BOUNDS)).toBeNull();
  });

  it("of a prompt beyond the bound is charged at the bound, and the output by its count", () => {
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const over = (raw: object, text = "text") => measureUsage(raw, { text }, () => 1, BOUNDS);
    const usage = { input: 100, cachedInput: 0, output: 30 };
    expect(over(reportedUsage(101, 30))).toEqual({ usage, estimated: true });
    expect(over(reportedUsage(9999, 30, withCachedTokens(500)))).toEqual({
      usage: { ...usage, cachedInput: 100 },
      estimated: true,
    });
    expect(over(reportedUsage(9999, 30), "")).toEqual({ usage, estimated: true });
    expect(log.mock.calls.join()).toContain("not believable");
    expect(over(reportedUsage(101, 0), "")).toEqual({
      usage: { input: 100, cachedInput: 0, output: 0 },
      estimated: true,
    });
    log.mockRestore();
  });

  it("of a reply beyond the cap is charged at the cap, and the prompt by its count", () => {
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    for (const output of [31, 1e12])
      expect(measureUsage(reportedUsage(50, output), { text: "text" }, () => 1, BOUNDS)).toEqual({
        usage: { input: 50, cachedInput: 0, output: 30 },
        estimated: true,
      });
    log.mockRestore();
  });

  it("of one side is charged where the other side's cannot be believed", () => {
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const measure = (raw: unknown) =>
      measureUsage(raw, { text: "two words" }, () => 7, BOUNDS)?.usage;
    for (const odd of [0, -1, 1.5, "50", null, undefined]) {
      expect(measure({ prompt_tokens: odd, completion_tokens: 20 })).toMatchObject({
        input: 7,
        output: 20,
      });
      expect(measure({ prompt_tokens: 50, completion_tokens: odd })).toMatchObject({
        input: 50,
        output: 2,
      });
    }
    log.mockRestore();
  });

  it("of no output is believed where there was no text", () => {
    expect(measureQuietly(reportedUsage(7, 0), "", BOUNDS)).toEqual({
      input: 7,
      cachedInput: 0,
      output: 0,
    });
    expect(measureQuietly(reportedUsage(7, 0), "text", BOUNDS)).toBeNull();
    expect(measureQuietly(reportedUsage(0, 5), "text", BOUNDS)).toBeNull();
  });

  it("of cached tokens is never more than of the prompt", () => {
    expect(
      measureQuietly(reportedUsage(50, 5, withCachedTokens(20)), "text", BOUNDS),
    ).toMatchObject({
      input: 50,
      cachedInput: 20,
    });
    expect(
      measureQuietly(
        reportedUsage(50, 5, { total_tokens: 55, ...withCachedTokens(51) }),
        "text",
        BOUNDS,
      ),
    ).toMatchObject({
      input: 50,
      cachedInput: 0,
    });
    expect(
      measureQuietly(reportedUsage(50, 5, withCachedTokens(null)), "text", BOUNDS),
    ).toMatchObject({
      cachedInput: 0,
    });
    expect(
      measureQuietly(reportedUsage(50, 5, withCachedTokens(-1)), "text", BOUNDS),
    ).toMatchObject({ input: 50, cachedInput: 0 });
  });

  it("includes output that only the total counts (Gemini's thinking), within the hold", () => {
    expect(measureQuietly(reportedUsage(20, 5, { total_tokens: 50 }), "text", BOUNDS)).toEqual({
      input: 20,
      cachedInput: 0,
      output: 30,
    });
    expect(
      measureQuietly(reportedUsage(20, 0, { total_tokens: 45 }), "text", BOUNDS),
    ).toMatchObject({
      output: 25,
    });
    expect(
      measureQuietly(reportedUsage(20, 5, { total_tokens: 45, ...reasoning(3) }), "text", BOUNDS),
    ).toMatchObject({ output: 25 });
    // Tokens read from a cache are no output, where a vendor counts them beside the prompt.
    const cached = { prompt_tokens_details: { cached_tokens: 12 } };
    expect(
      measureQuietly(reportedUsage(20, 5, { total_tokens: 37, ...cached }), "text", BOUNDS),
    ).toMatchObject({
      output: 5,
    });
    for (const nonsense of [
      51,
      25,
      24,
      0,
      -50,
      45.5,
      Number.POSITIVE_INFINITY,
      "45",
      null,
      undefined,
    ])
      expect(
        measureQuietly(reportedUsage(20, 5, { total_tokens: nonsense }), "text", BOUNDS),
      ).toMatchObject({
        output: 5,
      });
  });

  it("includes reasoning, also where a vendor counts it only in the total", () => {
    expect(
      measureQuietly(reportedUsage(50, 5, { total_tokens: 65, ...reasoning(10) }), "text", BOUNDS),
    ).toMatchObject({ output: 15 });
    // OpenAI's way: among them.
    expect(
      measureQuietly(reportedUsage(50, 15, { total_tokens: 65, ...reasoning(10) }), "text", BOUNDS),
    ).toMatchObject({ output: 15 });
    // A total that is neither is ignored, as oddities elsewhere are. More than the completion
    // cannot be among it.
    expect(
      measureQuietly(
        reportedUsage(50, 5, { total_tokens: 9999, ...reasoning(10) }),
        "text",
        BOUNDS,
      ),
    ).toMatchObject({ output: 15 });
    expect(
      measureQuietly(
        reportedUsage(50, 5, { total_tokens: "x", ...reasoning("y") }),
        "text",
        BOUNDS,
      ),
    ).toMatchObject({ output: 5 });
    expect(
      measureQuietly(
        reportedUsage(50, 5, { total_tokens: 155, ...reasoning(100) }),
        "text",
        BOUNDS,
      ),
    ).toBeNull();
  });
});

describe("what was written to a cache", () => {
  const written = (prompt: number, tokens: number, cached = 0) =>
    measureQuietly(
      reportedUsage(prompt, 5, {
        total_tokens: prompt + 5,
        prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: tokens },
      }),
      "text",
      BOUNDS,
    );

  it("is charged as such, beside what was read from it", () => {
    expect(written(50, 20)).toEqual({ input: 50, cachedInput: 0, cacheWriteInput: 20, output: 5 });
    expect(written(50, 20, 30)).toEqual({
      input: 50,
      cachedInput: 30,
      cacheWriteInput: 20,
      output: 5,
    });
    expect(written(50, 0)).not.toHaveProperty("cacheWriteInput");
  });

  it("is no more than what of a prompt at its bound was not read from it", () => {
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const details = { cached_tokens: 90, cache_write_tokens: 400 };
    const usage = reportedUsage(500, 5, { prompt_tokens_details: details });
    expect(measureUsage(usage, { text: "text" }, () => 1, BOUNDS).usage).toEqual({
      input: 100,
      cachedInput: 90,
      cacheWriteInput: 10,
      output: 5,
    });
    log.mockRestore();
  });
});

it("the operator is told of a count that was not believed, and of no other", () => {
  const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const measure = (raw: unknown) => measureUsage(raw, { text: "text" }, () => 1, BOUNDS).estimated;
  expect(measure(reportedUsage(50, 5))).toBe(false);
  expect(measure(undefined)).toBe(true);
  expect(log).not.toHaveBeenCalled();
  expect(measure(reportedUsage(50, -5))).toBe(true);
  expect(log.mock.calls.join()).toContain("usage.disbelieved");
  log.mockRestore();
});

it("a vendor's own prices are left out of its count", () => {
  const usage = reportedUsage(50, 5);
  const prices = { cost: 1, cost_details: {}, is_byok: true, estimated_cost: 2, total_price: 3 };
  expect(withoutVendorPrices({ ...usage, ...prices })).toEqual(usage);
});

describe("the charge without a count", () => {
  it("is an estimate within the bound, and at least a token of prompt", () => {
    expect(measureUsage(undefined, { text: "word ".repeat(100) }, () => 1000, BOUNDS)).toEqual({
      usage: { input: 100, cachedInput: 0, output: 30 },
      estimated: true,
    });
    expect(measureUsage(undefined, { text: "two words" }, () => 0, BOUNDS)).toEqual({
      usage: { input: 1, cachedInput: 0, output: 2 },
      estimated: true,
    });
  });

  it("has nothing from a cache where nothing else was counted", () => {
    const raw = reportedUsage(0, 0, { cached_tokens: 50 });
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(measureUsage(raw, { text: "two words" }, () => 70, BOUNDS).usage).toEqual({
      input: 70,
      cachedInput: 0,
      output: 2,
    });
    log.mockRestore();
  });

  it("of the reply is an estimate, though there was no text", () => {
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(measureUsage({ prompt_tokens: 50 }, { text: "" }, () => 70, BOUNDS)).toEqual({
      usage: { input: 50, cachedInput: 0, output: 0 },
      estimated: true,
    });
    log.mockRestore();
  });

  it("is the prompt alone where there was no text", () => {
    for (const nothing of [undefined, reportedUsage(0, 0)])
      expect(measureUsage(nothing, { text: "" }, () => 70, BOUNDS)).toEqual({
        usage: { input: 70, cachedInput: 0, output: 0 },
        estimated: true,
      });
  });
});

describe("the cap that the upstream gets", () => {
  it.each(["max_tokens", "max_completion_tokens"] as const)(
    "is the one that is paid for, called %s and nothing else",
    (field) => {
      for (const more of [
        {},
        { max_tokens: 50 },
        { max_completion_tokens: 50 },
        { max_tokens: 50, max_completion_tokens: 60 },
      ]) {
        const bytes = new TextEncoder().encode(
          JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }], ...more }),
        );
        const ask = parseChatRequest(bytes);
        if (!ask.ok) throw new Error(ask.failure.message);
        expect(
          JSON.parse(
            String(
              buildUpstreamBody(ask.value, "vendor-model", 20, {
                dialect: "chat",
                maxTokensField: field,
                streamOptions: true,
                coveredFields: [],
                passFields: [],
              }),
            ),
          ),
        ).toEqual({
          model: "vendor-model",
          messages: [{ role: "user", content: "x" }],
          [field]: 20,
        });
      }
    },
  );
});

describe("what a model prices apart", () => {
  const PRICES = { inputPerMillion: 1, cachedInputPerMillion: null, outputPerMillion: 2 };
  const usage = {
    ...reportedUsage(50, 20, { total_tokens: 70, prompt_tokens_details: { cached_tokens: 0 } }),
    completion_tokens_details: { reasoning_tokens: 12 },
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 7 },
  };
  const measured = (prices: TokenPrices) => measureQuietly(usage, "text", { ...BOUNDS, prices });

  it("is counted apart: reasoning, and writes to a cache for an hour", () => {
    expect(measured({ ...PRICES, reasoningPerMillion: 1 })).toMatchObject({
      output: 20,
      reasoning: 12,
    });
    expect(measured({ ...PRICES, cacheWriteHourPerMillion: 9 })).toMatchObject({
      cacheWriteInput: 12,
      cacheWriteHourInput: 7,
    });
    const tier = { ...PRICES, aboveInputTokens: 10, reasoningPerMillion: 1 };
    expect(measured({ ...PRICES, tiers: [tier] })).toMatchObject({ reasoning: 12 });
  });

  it("and nothing else is", () => {
    expect(measured(PRICES)).toEqual({
      input: 50,
      cachedInput: 0,
      cacheWriteInput: 12,
      output: 20,
    });
  });

  it("is no more than what it is a part of", () => {
    const odd = { ...usage, completion_tokens_details: { reasoning_tokens: 15 } };
    const bounds = { ...BOUNDS, choices: 1, prices: { ...PRICES, reasoningPerMillion: 1 } };
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(measureUsage(odd, { text: "text" }, () => 1, bounds).usage).toMatchObject({
      output: 10,
      reasoning: 10,
    });
    log.mockRestore();
  });
});
