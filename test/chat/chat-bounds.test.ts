import { expect, it } from "vitest";
import type { ModelPricing } from "../../src/catalog/index.ts";
import { boundChat, toDearestImages } from "../../src/chat/chat-bounds.ts";
import { estimatePromptTokens } from "../../src/chat/prompt.ts";
import { parseChatRequest } from "../../src/chat/request.ts";

const MODEL: ModelPricing = {
  id: "m",
  aliases: [],
  kind: "chat",
  morePrices: null,
  upstream: "local",
  upstreamModel: "m",
  upstreams: null,
  inputPriceMicrocreditsPerMillion: 1,
  cachedInputPriceMicrocreditsPerMillion: 1,
  cacheWritePriceMicrocreditsPerMillion: null,
  reasoning: false,
  imageTokens: null,
  lowDetailImageTokens: null,
  descriptions: {},
  outputPriceMicrocreditsPerMillion: 1,
  inputCostMicrosPerMillion: null,
  cachedInputCostMicrosPerMillion: null,
  outputCostMicrosPerMillion: null,
  costCurrency: null,
  moreCosts: null,
  contextLength: 1000,
  maxOutputTokens: 500,
  createdAt: 0,
};

/** Bounds a chat with so many words, about a token each. */
const bound = (words: number, more: object = {}) => boundText("word ".repeat(words), more);

function boundText(content: string, more: object = {}) {
  const body = { model: "m", messages: [{ role: "user", content }], ...more };
  const request = parseChatRequest(new TextEncoder().encode(JSON.stringify(body)));
  if (!request.ok) throw new Error(request.failure.message);
  return boundChat(request.value, MODEL, { imageTokens: 100 });
}

it("a short prompt is bounded by its bytes, and the reply by the model", () => {
  const bounded = bound(10);
  expect(bounded).toMatchObject({ ok: true, value: { maxTokens: 500 } });
  expect(bounded.ok && bounded.value.promptBoundTokens).toBeLessThan(250);
});

it("a cap that the client did not give leaves room for the prompt", () => {
  for (const words of [300, 600, 900]) {
    const bounded = bound(words);
    if (!bounded.ok) throw new Error(bounded.failure.message);
    expect(bounded.value.maxTokens + words).toBeLessThanOrEqual(1000);
    expect(bounded.value.maxTokens).toBeGreaterThan(0);
  }
  expect(bound(600, { max_tokens: 450 })).toMatchObject({ value: { maxTokens: 450 } });
});

it("a prompt of about the context is bounded by more than the context", () => {
  const bounded = bound(1100);
  expect(bounded.ok && bounded.value.promptBoundTokens).toBeGreaterThanOrEqual(1100);
});

/** Text of which a likely count takes much for few tokens, and how many it has at least. */
const DENSE: readonly [kind: string, unit: string, tokens: number][] = [
  ["letters that make no words", "qxzjkvwpbgfy", 6],
  ["base64", "Ab3+Zk9/Qw7x", 7],
  ["emoji", "🦧", 2],
  ["rare characters", "龘", 2],
  ["letters of another alphabet that make no words", "жщъфыюэ", 3],
];

it.each(DENSE)("a prompt of %s is refused, or bounded by what it has", (_kind, unit, tokens) => {
  for (const count of [100, 200, 400, 800]) {
    const bounded = boundText(unit.repeat(count));
    if (bounded.ok) expect(bounded.value.promptBoundTokens).toBeGreaterThanOrEqual(tokens * count);
  }
});

it("a prompt that cannot fit is refused, as OpenAI does", () => {
  expect(bound(1300)).toMatchObject({
    ok: false,
    failure: { code: "invalid_request", vendorCode: "context_length_exceeded", param: "messages" },
  });
});

const picture = (url: string, more: object = {}) => ({
  type: "image_url",
  image_url: { url, ...more },
});
const small = picture("https://example.com/a.png");
const low = picture("https://example.com/a.png", { detail: "low" });

/** Bounds the prompt of a chat with a few words and these pictures. */
function boundPictures(pictures: readonly object[], lowDetailImageTokens?: number) {
  const content = [{ type: "text", text: "What is this?" }, ...pictures];
  const body = { model: "m", messages: [{ role: "user", content }], max_tokens: 10 };
  const request = parseChatRequest(new TextEncoder().encode(JSON.stringify(body)));
  if (!request.ok) throw new Error(request.failure.message);
  const model = { ...MODEL, contextLength: 100_000 };
  const bounded = boundChat(request.value, model, { imageTokens: 5000, lowDetailImageTokens });
  if (!bounded.ok) throw new Error(bounded.failure.message);
  return bounded.value.promptBoundTokens;
}

it("a picture is bounded by the vendor's rules, and the text around it by its bytes", () => {
  const text = boundPictures([]);
  expect(text).toBeLessThan(300);
  for (const [pictures, most] of [
    [[small], 5000],
    [[small, small], 10_000],
    [[low], 5000],
    [[picture(`data:image/png;base64,${"iVBORw0KGgo".repeat(100)}`)], 5000],
    [[picture(`data:image/png;base64,${"iVBORw0KGgo".repeat(200_000)}`)], 5000],
  ] as const) {
    const bound = boundPictures(pictures);
    expect(bound).toBeGreaterThanOrEqual(text + most);
    expect(bound).toBeLessThan(text + most + 100 * pictures.length);
  }
  expect(boundPictures([low, small], 85)).toBeLessThan(text + 5085 + 200);
});

it.each([
  ["of the upstream where the model says nothing", [null, null], [900, 90]],
  ["of the model, above the upstream's", [5000, 300], [5000, 300]],
  ["of the model, below the upstream's", [50, 5], [50, 5]],
  ["of the model alone, whatever the upstream says of low detail", [50, null], [50, 50]],
] as const)("what a picture takes is that %s", (_whose, [imageTokens, low], expected) => {
  const images = toDearestImages({ imageTokens, lowDetailImageTokens: low }, [
    { imageTokens: 900, lowDetailImageTokens: 80 },
    { imageTokens: 90 },
  ]);
  expect([images.imageTokens, images.lowDetailImageTokens]).toEqual(expected);
});

it("pictures beyond the stated context are bounded by all of them", () => {
  const bound = boundPictures(Array.from({ length: 30 }, () => small));
  expect(bound).toBeGreaterThanOrEqual(150_000);
});

it("a text that looks like a picture is bounded by its bytes", () => {
  const url = `data:image/png;base64,${"iVBORw0KGgo".repeat(3000)}`;
  expect(boundPictures([{ type: "text", text: url }])).toBeGreaterThan(33_000);
});

it("a prompt that fits is not refused for an estimate that is far above its count", () => {
  const content = "Все люди рождаются свободными и равными. ".repeat(60);
  const body = { model: "m", messages: [{ role: "user", content }] };
  const request = parseChatRequest(new TextEncoder().encode(JSON.stringify(body)));
  if (!request.ok) throw new Error(request.failure.message);
  expect(estimatePromptTokens(request.value.body, request.value.payloads)).toBeGreaterThan(1500);
  expect(boundChat(request.value, MODEL, { imageTokens: 100 })).toMatchObject({ ok: true });
});
