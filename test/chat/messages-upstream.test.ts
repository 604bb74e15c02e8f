import { beforeEach, describe, expect, it, vi } from "vitest";
import { readMessagesRequest } from "../../dev/model/messages/request.ts";
import { translateRequest } from "../../src/upstream/index.ts";
import { signUpForDialects } from "../support/dialects.ts";
import { sendChat } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { expectCharged } from "../support/surface.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const MODEL = "large-by-messages";
const PICTURE = "iVBORw0KGgo=";
const weather = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: {} }, strict: true },
};
const callOf = (id: string, args = '{"place":"Cairo"}') => ({
  id,
  type: "function",
  function: { name: "weather", arguments: args },
});

/** Translates a chat's request, as it is sent for a cap of 5000 tokens. */
function translate(more: object, model = "claude-opus-5") {
  const body = { messages: [{ role: "user", content: "Hi." }], ...more };
  return translateRequest("messages", body, { model, maxTokens: 5000, passed: new Set() });
}

const TRANSLATIONS: readonly (readonly [name: string, body: object, sent: object])[] = [
  [
    "the system's first words as the system prompt",
    {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: [{ type: "text", text: "In English." }] },
        { role: "user", content: "Hi." },
        { role: "assistant", content: "Hello." },
        { role: "system", content: "Now in French." },
        { role: "user", content: "Hi." },
      ],
    },
    {
      system: [
        { type: "text", text: "Be brief." },
        { type: "text", text: "In English." },
      ],
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi." }] },
        { role: "assistant", content: [{ type: "text", text: "Hello." }] },
        { role: "system", content: [{ type: "text", text: "Now in French." }] },
        { role: "user", content: [{ type: "text", text: "Hi." }] },
      ],
    },
  ],
  [
    "pictures and files",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "See:" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PICTURE}` } },
            { type: "image_url", image_url: { url: "https://a.test/b.png", detail: "low" } },
            {
              type: "file",
              file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PICTURE}` },
            },
          ],
        },
      ],
    },
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "See:" },
            {
              type: "image",
              source: { type: "base64", media_type: "image/png", data: PICTURE },
            },
            { type: "image", source: { type: "url", url: "https://a.test/b.png" } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: PICTURE },
              title: "a.pdf",
            },
          ],
        },
      ],
    },
  ],
  [
    "tools, calls of them and their results, all of a turn in one message",
    {
      messages: [
        { role: "user", content: "The weather?" },
        { role: "assistant", content: null, tool_calls: [callOf("call.1:0"), callOf("b", "")] },
        { role: "tool", tool_call_id: "call.1:0", content: "Sun." },
        { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "Rain." }] },
        { role: "user", content: "And now?" },
      ],
      tools: [weather],
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    },
    {
      messages: [
        { role: "user", content: [{ type: "text", text: "The weather?" }] },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "call_1_0", name: "weather", input: { place: "Cairo" } },
            { type: "tool_use", id: "b", name: "weather", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "call_1_0",
              content: [{ type: "text", text: "Sun." }],
            },
            { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "Rain." }] },
            { type: "text", text: "And now?" },
          ],
        },
      ],
      tools: [{ name: "weather", input_schema: { type: "object", properties: {} }, strict: true }],
      tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true },
    },
  ],
  [
    "an effort as adaptive thinking",
    { reasoning_effort: "minimal" },
    { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
  ],
  ["no thinking", { reasoning_effort: "none" }, { thinking: { type: "disabled" } }],
  [
    "a budget within the cap",
    { thinking: { type: "enabled", budget_tokens: 8000, display: "omitted" } },
    { thinking: { type: "enabled", budget_tokens: 4999, display: "omitted" } },
  ],
  [
    "OpenRouter's budget",
    { reasoning: { max_tokens: 2000 } },
    { thinking: { type: "enabled", budget_tokens: 2000 } },
  ],
  [
    "sampling, stop sequences, and who asks",
    { temperature: 0.5, top_p: 0.9, top_k: 40, stop: ["END", "\n\nQ:"], user: "u-1" },
    {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ["END", "\n\nQ:"],
      metadata: { user_id: "u-1" },
    },
  ],
  [
    "what asks for nothing not at all",
    { n: 1, frequency_penalty: 0, logit_bias: {}, seed: 7, store: false, modalities: ["text"] },
    {},
  ],
];

describe("a chat's request to an upstream that speaks Anthropic's Messages API", () => {
  it.each(TRANSLATIONS)("has %s", (_name, body, sent) => {
    const translated = translate(body);
    expect(translated).toEqual({
      ok: true,
      value: {
        model: "claude-opus-5",
        max_tokens: 5000,
        messages: [{ role: "user", content: [{ type: "text", text: "Hi." }] }],
        ...sent,
      },
    });
    const headers = new Headers({ "anthropic-version": "2023-06-01" });
    const read = readMessagesRequest(JSON.stringify(Object(translated).value), headers);
    expect(read).toHaveProperty("chat");
  });

  it.each([
    ["claude-3-7-sonnet-latest", 2048],
    ["claude-sonnet-4-20250514", 2048],
    ["claude-opus-4-1-20250805", 2048],
    ["anthropic.claude-haiku-4-5-20251001-v1:0", 2048],
    ["claude-sonnet-4.5", 2048],
    ["claude-opus-4-6", null],
    ["claude-sonnet-5", null],
    ["claude-opus-4-7-20260401", null],
  ])("asks %s for an effort by what it knows", (model, budget) => {
    const { thinking } = Object(translate({ reasoning_effort: "low" }, model)).value;
    expect(thinking).toEqual(
      budget === null ? { type: "adaptive" } : { type: "enabled", budget_tokens: budget },
    );
  });

  it.each<[string, object]>([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["frequency_penalty", { frequency_penalty: 0.5 }],
    ["temperature", { temperature: 1.2 }],
    ["response_format.type", { response_format: { type: "json_object" } }],
    ["min_p", { min_p: 0.1 }],
    ["tools.0.type", { tools: [{ type: "custom", custom: { name: "a" } }] }],
    ["functions", { functions: [{ name: "a" }] }],
    [
      "messages.0.function_call",
      { messages: [{ role: "assistant", function_call: { name: "a", arguments: "" } }] },
    ],
    ["messages.0.role", { messages: [{ role: "function", name: "a", content: "b" }] }],
    [
      "tool_choice",
      { tools: [weather], tool_choice: { type: "allowed_tools", allowed_tools: {} } },
    ],
  ])("is refused by the name of %s, which cannot be said there", async (param, body) => {
    expect(translate(body)).toMatchObject({ ok: false, failure: { param } });
    const model = standInModel();
    const user = await signUpForDialects();
    const response = await sendChat(user, {
      model: MODEL,
      messages: [{ role: "user", content: "Hi." }],
      ...body,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
    expect(model.calls).toHaveLength(0);
    await expectCharged(user);
  });
});
