import { describe, expect, it } from "vitest";
import { estimateTokenCount } from "../../src/chat/estimate-tokens.ts";
import { NO_PAYLOADS } from "../../src/chat/payloads.ts";
import {
  boundPrompt,
  estimatePromptTokens as estimate,
  type PromptFields,
} from "../../src/chat/prompt.ts";

const promptBoundTokens = (body: PromptFields, bytes: number) =>
  boundPrompt(body, bytes, NO_PAYLOADS).textTokens;
const estimatePromptTokens = (body: PromptFields) => estimate(body, NO_PAYLOADS);

const userMessage = (content: unknown, more: object = {}) => ({
  messages: [{ role: "user", content, ...more }],
});
const picture = (url: string) => ({ type: "image_url", image_url: { url } });
const text = (words: string) => ({ type: "text", text: words });

describe("the bound of a prompt", () => {
  it.each<[string, PromptFields]>([
    ["a text", userMessage("Hello")],
    ["no text", userMessage(null)],
    ["parts of text", userMessage([text("Hello"), "there", { type: "refusal", refusal: "no" }])],
    [
      "tool calls and reasoning",
      userMessage(null, {
        tool_calls: [{ function: { name: "add" } }],
        reasoning_details: [{}],
        reasoning: "hm",
        refusal: null,
      }),
    ],
  ])("of %s is its size and the tokens that vendors put around it", (_name, body) => {
    expect(promptBoundTokens(body, 1000)).toBe(1064);
  });

  it("is more where tools are on offer, for the vendors' instructions", () => {
    expect(promptBoundTokens({ ...userMessage("Hello"), tools: [{}] }, 1000)).toBe(1064 + 1024);
    expect(promptBoundTokens({ ...userMessage("Hello"), functions: [{}] }, 1000)).toBe(1064 + 1024);
    const body = { ...userMessage("Hello"), tools: [], functions: null };
    expect(promptBoundTokens(body, 1000)).toBe(1064);
  });

  it.each<[string, PromptFields]>([
    ["a file", userMessage([{ type: "file", file: { file_id: "file-1" } }])],
    ["a part without a type", userMessage([{ image_url: { url: "https://example.com/cat.png" } }])],
    ["what was heard before, by its id", userMessage(null, { audio: { id: "audio_1" } })],
    ["pictures beside the content", userMessage("Look", { images: ["aGVsbG8="] })],
    [
      "a video in an earlier message",
      {
        messages: [...userMessage([{ type: "video_url" }]).messages, ...userMessage("Hi").messages],
      },
    ],
  ])("of %s does not follow from its size", (_name, body) => {
    expect(promptBoundTokens(body, 1000)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the estimate of a prompt", () => {
  it("is of its text", () => {
    const body = userMessage("Tell me something about edges.");
    expect(estimatePromptTokens(body)).toBe(estimateTokenCount(JSON.stringify(body)));
  });

  it("counts the texts in tools and schemas: a prompt in them is not free", () => {
    const words = "the fare is taken before the ride ".repeat(1000);
    const tokens = estimateTokenCount(words);
    for (const field of ["tools", "functions", "response_format"]) {
      expect(
        estimatePromptTokens({ ...userMessage("Hello"), [field]: [{ description: words }] }),
      ).toBeGreaterThan(tokens);
    }
  });

  it("counts a picture as a picture, whatever its number of bytes", () => {
    const none = estimatePromptTokens(userMessage([text("Look:")]));
    for (const url of [
      "https://example.com/cat.png",
      `data:image/png;base64,${"iVBORw0KGgo".repeat(50_000)}`,
    ]) {
      const one = estimatePromptTokens(userMessage([text("Look:"), picture(url)]));
      expect(one - none).toBeGreaterThanOrEqual(1500);
      expect(one - none).toBeLessThan(1510);
      const two = estimatePromptTokens(userMessage([text("Look:"), picture(url), picture(url)]));
      expect(two - one).toBeGreaterThanOrEqual(1500);
    }
  });
});
