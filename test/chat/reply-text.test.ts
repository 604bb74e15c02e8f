import { describe, expect, it } from "vitest";
import { extractText, readReplyText } from "../../src/chat/reply-text.ts";

describe("the text of a reply", () => {
  it("is nothing that is sealed or encoded", () => {
    const sealed = "CiQB".repeat(100);
    const call = {
      function: { name: "f", arguments: "{}" },
      extra_content: { google: { thought_signature: sealed } },
    };
    const thinking = { type: "thinking", thinking: "hm", signature: sealed };
    const audio = { id: "a", data: sealed, transcript: "spoken" };
    const hidden = { encrypted_content: sealed };
    expect(extractText({ content: [thinking], tool_calls: [call], audio, hidden })).toBe(
      "hmf{}spoken",
    );
  });

  it("is every text but names and repetitions", () => {
    const thought = {
      reasoning: "hm",
      reasoning_details: [{ type: "reasoning.text", text: "hm", format: "x" }],
    };
    expect(extractText({ ...thought, content: "a" })).toBe("hma");
    expect(
      extractText({
        role: "assistant",
        content: "a",
        refusal: null,
        logprobs: { x: "b" },
        annotations: [{ url: "c" }],
      }),
    ).toBe("a");
    expect(
      extractText([
        { index: 0, id: "x", type: "function", function: { name: "add", arguments: "{}" } },
        7,
        true,
      ]),
    ).toBe("add{}");
  });
});

const WORDS = "and many more words";
const SEALED = "CiQB".repeat(100);

/** Everywhere where vendors and proxies put a reply's text. */
const PLACES: readonly [place: string, json: object][] = [
  ["a delta", { choices: [{ delta: { content: WORDS } }] }],
  ["a choice's text", { choices: [{ text: WORDS }] }],
  ["a choice's text beside an empty delta", { choices: [{ delta: {}, text: WORDS }] }],
  [
    "a message beside a delta",
    { choices: [{ delta: { role: "x" }, message: { content: WORDS } }] },
  ],
  ["a text beside an empty message", { choices: [{ message: { content: "" }, text: WORDS }] }],
  ["a delta beside no message", { choices: [{ message: null, delta: { content: WORDS } }] }],
  ["a delta and a message alike", { choices: [{ delta: { content: WORDS }, text: WORDS }] }],
  ["a choice itself", { choices: [{ content: WORDS }] }],
  ["a choice that is a text", { choices: [WORDS] }],
  ["a choice within a list", { choices: [[{ message: { content: WORDS } }]] }],
  ["choices that are an object", { choices: { 0: { message: { content: WORDS } } } }],
  ["reasoning beside the message", { choices: [{ message: { content: "" }, reasoning: WORDS }] }],
  [
    "the details of reasoning alone",
    { choices: [{ delta: { reasoning_details: [{ type: "reasoning.text", text: WORDS }] } }] },
  ],
  ["a field beside no choices", { choices: [], output_text: WORDS }],
  ["the content beside no choices", { choices: [], content: [{ type: "text", text: WORDS }] }],
  ["another vendor's shape", { candidates: [{ content: { parts: [{ text: WORDS }] } }] }],
];

it.each(PLACES)("text is found once in %s", (_place, json) => {
  expect(readReplyText({ object: "chat.completion", ...json })).toBe(WORDS);
});

/** What vendors and proxies send beside a text. */
const BESIDE: readonly [name: string, message: object][] = [
  ["the same reasoning under another name", { reasoning: WORDS, reasoning_content: WORDS }],
  ["the same reasoning, as Copilot has it", { reasoning: WORDS, reasoning_text: WORDS }],
  [
    "the same reasoning in blocks, signed",
    {
      reasoning_content: WORDS,
      thinking_blocks: [{ type: "thinking", thinking: WORDS, signature: SEALED }],
      provider_specific_fields: { reasoning_content: WORDS },
    },
  ],
  ["a sealed thought", { content: WORDS, reasoning_opaque: SEALED }],
  ["a sealed thought of another name", { content: WORDS, reasoning_encrypted: SEALED }],
  ["a signature in camel case", { content: WORDS, thoughtSignature: SEALED }],
  ["signatures", { content: WORDS, provider_specific_fields: { thought_signatures: [SEALED] } }],
  ["a picture", { content: WORDS, images: [{ image_url: { url: SEALED } }] }],
  ["a picture's bytes", { content: [{ text: WORDS }, { b64_json: SEALED }] }],
];

it.each(BESIDE)("a text counts once, without %s", (_name, message) => {
  expect(readReplyText({ choices: [{ index: 0, message, native_finish_reason: "STOP" }] })).toBe(
    WORDS,
  );
});

it("all that a model passes to a tool is its text, whatever the fields are called", () => {
  const call = { id: "call_1", function: { name: "f", arguments: { id: WORDS, data: "x" } } };
  expect(extractText({ tool_calls: [call] })).toBe(`f{"id":"${WORDS}","data":"x"}`);
});

it("what vendors add to a chunk without text is none", () => {
  const filters = [{ prompt_index: 0, content_filter_results: { hate: { severity: "safe" } } }];
  for (const more of [
    { prompt_filter_results: filters },
    { citations: ["https://example.com"] },
    { provider: "x", x_groq: { id: "r" } },
  ])
    expect(readReplyText({ object: "chat.completion.chunk", choices: [], ...more })).toBe("");
});
