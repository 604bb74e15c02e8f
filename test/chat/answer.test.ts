import { describe, expect, it, vi } from "vitest";
import type { TokenPrices } from "../../src/account/index.ts";
import { costInCredits, measureStream, rateLimitHeaders } from "../../src/chat/answer.ts";
import { NO_PAYLOADS } from "../../src/chat/payloads.ts";
import type { ActiveChat } from "../../src/chat/types.ts";

it("a reply has the requests left in this minute, and the whole seconds until it is over", () => {
  const rate = { limit: 3, remaining: 1, resetAt: 5000 };
  expect(rateLimitHeaders(rate, 2001)).toEqual({
    "x-ratelimit-limit-requests": "3",
    "x-ratelimit-remaining-requests": "1",
    "x-ratelimit-reset-requests": "3s",
  });
  expect(rateLimitHeaders(rate, 5001)).toMatchObject({ "x-ratelimit-reset-requests": "0s" });
  expect(rateLimitHeaders(null, 2001)).toEqual({});
});

const CHAT: ActiveChat = {
  generationId: "gen_1",
  request: {
    body: { model: "large", messages: [] },
    model: "large",
    fallbacks: [],
    choices: 1,
    maxTokens: null,
    stream: true,
    asksForUsage: true,
    wantsUsage: false,
    wantsCost: false,
    hints: [],
    native: null,
    promptBound: { textTokens: 10, images: 0, lowDetailImages: 0 },
    payloads: NO_PAYLOADS,
  },
  hold: {
    kind: "hold",
    holdNo: 1,
    terms: {
      payer: "credits",
      amountMicrocredits: 100,
      shares: [],
      meters: [],
      keyId: null,
      keyPeriodStart: 0,
      model: "large",
      prices: { inputPerMillion: 1, cachedInputPerMillion: null, outputPerMillion: 1 },
      promptBoundTokens: 10,
      maxTokens: 10,
      choices: 1,
      expiresAt: 0,
      idempotencyKey: null,
    },
    availableMicrocredits: 0,
    rate: { limit: 1, remaining: 0, resetAt: 0 },
  },
  requestedMaxTokens: 10,
  mayReason: false,
  cover: undefined,
  timing: { receivedAt: 0, identifiedAt: 0, authorizedAt: 0, answeredAt: null },
  served: { upstream: null, tried: 0, isShown: false },
  costs: null,
};

it("a stream that cannot be measured is logged, and charged at the hold's bound", () => {
  const errorLog = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const unreadable = {
    text: "",
    ending: { hasFinished: false, hasError: false },
    get usage(): undefined {
      throw new RangeError("Maximum call stack size exceeded");
    },
  };
  expect(measureStream(CHAT, unreadable, "complete")).toMatchObject({
    usage: { output: 10 },
    estimated: true,
  });
  expect(errorLog.mock.calls.flat().join()).toContain("Maximum call stack");
});

describe("a reply that its client left unseen", () => {
  const seen = {
    text: "Hi",
    usage: undefined,
    ending: { hasFinished: false, hasError: false },
  };
  /** A chat that may think, at these prices, with a hold of so many microcredits. */
  function thinkingChat(prices: Partial<TokenPrices>, amountMicrocredits: number): ActiveChat {
    const { hold } = CHAT;
    const all = { ...hold.terms.prices, ...prices };
    const terms = { ...hold.terms, prices: all, amountMicrocredits };
    return { ...CHAT, mayReason: true, hold: { ...hold, terms } };
  }
  const RATE = 1_000_000;
  const CHEAP = { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: RATE };

  it.each<[string, Partial<TokenPrices>, number]>([
    ["reasoning costs more than output", { ...CHEAP, reasoningPerMillion: 4 * RATE }, 40],
    ["reasoning costs less than output", { ...CHEAP, reasoningPerMillion: RATE / 2 }, 10],
    ["reasoning has no price of its own", CHEAP, 10],
    [
      "reasoning costs more in the tier of the prompt alone",
      {
        ...CHEAP,
        tiers: [{ ...CHEAP, aboveInputTokens: 1, reasoningPerMillion: 3 * RATE }],
      },
      30,
    ],
    [
      "reasoning costs more in a tier that the prompt does not reach",
      {
        ...CHEAP,
        tiers: [{ ...CHEAP, aboveInputTokens: 1000, reasoningPerMillion: 3 * RATE }],
      },
      10,
    ],
  ])("is charged at the dearest price of its output: %s", (_name, prices, microcredits) => {
    const chat = thinkingChat(prices, 1000);
    const measured = measureStream(chat, seen, "client_gone");
    expect(measured?.usage.output).toBe(10);
    expect(costInCredits(chat, measured)).toBe(microcredits / 1_000_000);
  });

  it("is charged at its bound where its vendor counted the prompt alone", () => {
    const chat = thinkingChat({ ...CHEAP, inputPerMillion: RATE }, 1000);
    const usage = { prompt_tokens: 3, completion_tokens: 0 };
    const measured = measureStream(chat, { ...seen, usage }, "client_gone");
    expect(measured).toEqual({
      usage: { input: 3, cachedInput: 0, output: 10 },
      estimated: true,
    });
  });

  it("is charged by the count of its reply, where one came", () => {
    const chat = thinkingChat({ ...CHEAP, reasoningPerMillion: 4 * RATE }, 1000);
    const usage = { prompt_tokens: 3, completion_tokens: 5 };
    const measured = measureStream(chat, { ...seen, usage }, "client_gone");
    expect(measured).toMatchObject({ usage: { input: 3, output: 5 }, estimated: false });
  });

  it("is never charged more than its hold", () => {
    const chat = thinkingChat({ ...CHEAP, reasoningPerMillion: 4 * RATE }, 25);
    const measured = measureStream(chat, seen, "client_gone");
    expect(costInCredits(chat, measured)).toBe(25 / 1_000_000);
  });
});
