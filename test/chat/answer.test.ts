import { expect, it, vi } from "vitest";
import { measureStream, rateLimitHeaders } from "../../src/chat/answer.ts";
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
