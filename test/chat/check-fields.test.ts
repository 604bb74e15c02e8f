import { describe, expect, it } from "vitest";
import {
  type FieldSettings,
  findRefusedField,
  withoutEmptyFields,
} from "../../src/chat/check-fields.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

const NONE: FieldSettings = { coveredFields: [], passFields: [] };
const paramOf = (more: object, settings = NONE): string | null | undefined => {
  const failure = findRefusedField(chatBody({ ...more }), settings);
  return failure === null ? null : failure.param;
};
const message = (more: object) => ({ messages: [{ role: "user", content: "x", ...more }] });
const part = (content: unknown) => ({ messages: [{ role: "user", content: [content] }] });
const image = (url: unknown, more: object = {}) =>
  part({ type: "image_url", image_url: { url, ...more } });
const tool = (more: object) => ({
  tools: [{ type: "function", function: { name: "f", parameters: {} }, ...more }],
});

const DEAR: [string, unknown][] = [
  ["service_tier", "priority"],
  ["route", "fallback"],
  ["provider", { order: ["dear"] }],
  ["plugins", [{ id: "web" }]],
  ["preset", "dear"],
  ["web_search_options", {}],
  ["enable_search", true],
  ["search_options", { forced_search: true }],
  ["fallbacks", ["a-dearer-model"]],
  ["search_parameters", { mode: "on" }],
  ["modalities", ["text", "audio"]],
  ["audio", { voice: "alloy", format: "wav" }],
  ["prediction", { type: "content", content: "a long guess" }],
  ["tools", [{ type: "web_search_preview" }]],
  ["tools", [{ function: { name: "f" } }]],
];

describe("a field that makes a token cost the operator more than its price", () => {
  it.each(DEAR)("is refused before anything is held: %s %j", async (field, value) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const response = await sendChat(who, chatBody({ [field]: value }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        code: "invalid_request",
        param: field,
        message: expect.stringContaining("coveredFields"),
      },
    });
    expect(model.calls).toHaveLength(0);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it.each(DEAR)("passes where the operator's prices cover it: %s %j", (field, value) => {
    const settings = { ...NONE, coveredFields: [field] };
    expect(paramOf({ [field]: value }, settings)).toBeNull();
    expect(withoutEmptyFields(chatBody({ [field]: value }), settings)).toHaveProperty(field, value);
  });
});

/** What OpenAI documents, and what clients of other vendors send beside it. */
const PASSED: [string, unknown][] = [
  ["service_tier", "flex"],
  ["modalities", ["text"]],
  ["tools", [{ type: "custom", custom: { name: "c", format: { type: "text" } } }]],
  ["tools", []],
  ["tool_choice", { type: "function", function: { name: "f" } }],
  ["parallel_tool_calls", false],
  ["functions", [{ name: "f", description: "", parameters: { Name: "anything" } }]],
  ["response_format", { type: "json_schema", json_schema: { name: "n", schema: {} } }],
  ["metadata", { MODEL: "free" }],
  ["store", true],
  ["reasoning_effort", "low"],
  ["reasoning", { effort: "low", exclude: true }],
  ["thinking", { type: "enabled", budget_tokens: 1024 }],
  ["enable_thinking", false],
  ["chat_template_kwargs", { enable_thinking: false }],
  ["top_k", 40],
  ["min_p", 0.05],
  ["repetition_penalty", 1.1],
  ["stop", ["a"]],
  ["logit_bias", { 50256: -100 }],
  ["seed", 7],
  ["user", "u"],
  ["safety_identifier", "u"],
  ["prompt_cache_key", "k"],
  ["verbosity", "low"],
  ["stream_options", { include_usage: true, include_obfuscation: false }],
];

/** Stands in a vendor that takes every field, and returns what it is sent. */
function standInVendor(): unknown[] {
  const sent: unknown[] = [];
  fakeNetwork.standIn("model.test", async (request) => {
    sent.push(await request.json());
    const choices = [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }];
    return Response.json({ choices, usage: { prompt_tokens: 5, completion_tokens: 1 } });
  });
  return sent;
}

describe("a field that costs nothing beside its tokens", () => {
  it.each(PASSED)("reaches the vendor as it came: %s %j", async (field, value) => {
    const sent = standInVendor();
    const who = await signUpFundedUser(1);
    expect((await sendChat(who, chatBody({ [field]: value }))).status).toBe(200);
    expect(sent).toEqual([expect.objectContaining({ [field]: value })]);
  });

  it.each<[string, object]>([
    ["a name", message({ name: "ann" })],
    [
      "an answer with calls",
      { messages: [{ role: "assistant", content: null, tool_calls: [{}] }] },
    ],
    ["a tool's result", { messages: [{ role: "tool", content: "7", tool_call_id: "c" }] }],
    ["what a reply had", message({ refusal: null, annotations: [], audio: null })],
    ["reasoning", message({ reasoning_content: "hm", reasoning_details: [{ type: "x" }] })],
    ["a reply's beginning", message({ prefix: true })],
    ["texts", { messages: [{ role: "user", content: ["a", { type: "text", text: "b" }] }] }],
    ["reasoning in parts", part({ type: "thinking", thinking: [{ type: "text", text: "hm" }] })],
  ])("passes in a message: %s", (_name, more) => {
    expect(paramOf(more)).toBeNull();
  });
});

describe("a field that nobody knows", () => {
  it.each<[string, unknown]>([
    ["extra_body", { best_of: 2 }],
    ["best_of", 4],
    ["use_beam_search", true],
    ["guided_regex", "(a+)+$"],
    ["chat_template", "{{ messages }}"],
    ["priority", 1],
    ["deferred", true],
    ["cache", { namespace: "another" }],
    ["mock_testing_fallbacks", true],
    ["anything", { at: "all" }],
  ])("is refused by its name, and says how it is allowed: %s %j", (field, value) => {
    expect(paramOf({ [field]: value })).toBe(field);
    expect(findRefusedField(chatBody({ [field]: value }), NONE)?.message).toContain("passFields");
    expect(paramOf({ [field]: value }, { ...NONE, passFields: [field] })).toBeNull();
  });

  it.each<[string, object]>([
    ["messages.0.id", message({ id: "m1" })],
    ["messages.0.images", message({ images: ["aGk="] })],
    ["messages.0.content", message({ content: { type: "text", text: "x" } })],
    ["messages.0.content.0", part(7)],
    ["messages.0.content.0.type", part({ text: "x" })],
    ["messages.0.content.0.type", part({ type: "video_url", video_url: { url: "x" } })],
    ["messages.0.content.0.text", part({ type: "text", text: { a: 1 } })],
    ["messages.0.content.0.image_url", part({ type: "text", text: "x", image_url: { url: "x" } })],
    ["messages.0.content.0.image_url.fps", image("https://example.com/a.png", { fps: 9 })],
    ["tools.0.function.cost", tool({ function: { name: "f", cost: 1 } })],
    ["tools.0.server_url", tool({ server_url: "https://example.com" })],
    ["functions.0.strictly", { functions: [{ name: "f", strictly: true }] }],
    ["stream_options.every", { stream_options: { every: 1 } }],
    ["chat_template_kwargs.tokenize", { chat_template_kwargs: { tokenize: true } }],
  ])("is refused by its place where it stands deeper: %s", (param, more) => {
    expect(paramOf(more)).toBe(param);
  });

  it("is passed on at every level where the operator names it", () => {
    const settings = { ...NONE, passFields: ["video_url", "id", "fps", "image_url"] };
    for (const more of [
      message({ id: "m1" }),
      part({ type: "video_url", video_url: { url: "x" }, fps: 2 }),
      image("http://10.0.0.1/a.png"),
    ]) {
      expect(paramOf(more, settings)).toBeNull();
      expect(withoutEmptyFields(chatBody({ ...more }), settings)).toMatchObject(more);
    }
    const smuggled = part({ type: "video_url", video_url: {}, Image_URL: { url: "x" } });
    expect(paramOf(smuggled, settings)).toBe("messages.0.content.0.Image_URL");
  });

  it("is named as far as a name goes", async () => {
    const who = await signUpFundedUser(1);
    const response = await sendChat(who, chatBody({ ["x".repeat(100_000)]: 1 }));
    expect((await response.text()).length).toBeLessThan(1000);
  });
});

describe("a name that a vendor's decoder may read as another", () => {
  it.each<[string, string, object]>([
    ["MODEL", "model", { MODEL: "gpt-5-pro" }],
    ["N", "n", { N: 128 }],
    ["Max_Tokens", "max_tokens", { Max_Tokens: 128_000 }],
    ["maxTokens", "max_tokens", { maxTokens: 128_000 }],
    ["max-completion-tokens", "max_completion_tokens", { "max-completion-tokens": 128_000 }],
    ["Service_Tier", "service_tier", { Service_Tier: "priority" }],
    ["Tools", "tools", { Tools: [{ type: "web_search" }] }],
    ["me\u017f\u017fages", "messages", { ["me\u017f\u017fages"]: [{ role: "user" }] }],
    ["\uff4dodel", "model", { "\uff4dodel": "gpt-5-pro" }],
    ["mod\u200bel", "model", { "mod\u200bel": "gpt-5-pro" }],
    ["top_\u212a", "top_k", { "top_\u212a": 1 }],
    ["messages.0.Content", "content", message({ Content: "another" })],
    ["messages.0.toolCalls", "tool_calls", message({ toolCalls: [{}] })],
    ["messages.0.content.0.Text", "text", part({ type: "text", text: "x", Text: "another" })],
    [
      "messages.0.content.0.image_url.URL",
      "url",
      image("https://example.com/a.png", { URL: "http://10.0.0.1/" }),
    ],
    ["tools.0.Function", "function", tool({ Function: { name: "g" } })],
    ["tools.0.function.Parameters", "parameters", tool({ function: { Parameters: {} } })],
    ["stream_options.Include_Usage", "include_usage", { stream_options: { Include_Usage: false } }],
  ])("is refused, also where the operator passes it: %s for %s", (param, meant, more) => {
    expect(paramOf(more)).toBe(param);
    const name = param.split(".").at(-1) ?? "";
    const failure = findRefusedField(chatBody({ ...more }), { ...NONE, passFields: [name] });
    expect(failure).toMatchObject({ param });
    expect(failure?.message).toContain(`Did you mean ${meant}?`);
  });

  it("reaches no vendor", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    for (const more of [
      { MODEL: "x" },
      { ["me\u017f\u017fages"]: [{ role: "user", content: "x" }] },
    ])
      expect((await sendChat(who, chatBody(more))).status).toBe(400);
    expect(model.calls).toHaveLength(0);
  });
});

describe("a value that asks for nothing", () => {
  it.each<[string, object]>([
    ["no other models", { models: [] }],
    ["no plugins", { plugins: [] }],
    ["no provider", { provider: {} }],
    ["the usual tier", { service_tier: "auto" }],
    ["the usual tier", { service_tier: "default" }],
    ["the usual tier", { service_tier: "on_demand" }],
    ["no tier", { service_tier: "" }],
    ["no search", { enable_search: false, web_search_options: null }],
    ["null", { temperature: null, tools: null, stop: null, anything: null, Max_Tokens: null }],
    ["nothing in a message", message({ audio: null, images: [], id: "", Content: null })],
    ["nothing in a part", part({ type: "text", text: "x", cache_control: null })],
  ])("is left out, and the rest is served: %s", async (_name, more) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    expect((await sendChat(who, chatBody({ ...more }))).status).toBe(200);
    const sent: unknown = JSON.parse(model.calls[0]?.rawBody ?? "null");
    const { messages } = chatBody({ ...more });
    expect(sent).toEqual({
      model: "large",
      messages:
        "messages" in more
          ? [
              {
                role: "user",
                content: Array.isArray(messages[0]?.content) ? [{ type: "text", text: "x" }] : "x",
              },
            ]
          : messages,
      max_completion_tokens: 100,
    });
  });

  it("stays where it says something: an answer without content", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", content: null, tool_calls: [] },
    ];
    await sendChat(who, chatBody({ messages }));
    expect(JSON.parse(model.calls[0]?.rawBody ?? "null")).toMatchObject({ messages });
  });

  it("asks for something all the same in some fields", () => {
    expect(paramOf({ web_search_options: {} })).toBe("web_search_options");
    expect(paramOf({ cache_control: {} })).toBe("cache_control");
  });
});

describe("the URL of a picture", () => {
  it.each([
    "https://example.com/cat.png",
    "https://EXAMPLE.com?x=1#y",
    "https://my_bucket.s3.eu-central-1.amazonaws.com/a%20b.png?X-Amz-Signature=1",
    "https://xn--bcher-kva.example.com/a.png",
    "data:image/png;base64,aGk=",
    "DATA:image/svg+xml;charset=utf-8,<svg/>",
  ])("is passed on: %s", (url) => {
    expect(paramOf(image(url))).toBeNull();
    expect(paramOf(part({ type: "image_url", image_url: url }))).toBeNull();
  });

  it.each([
    ..."http://example.com/a.png file:///etc/passwd ftp://a.com/a gopher://a.com/ a.png".split(" "),
    ..."https://127.0.0.1/ https://2130706433/ https://0x7f000001/ https://0177.0.0.1/".split(" "),
    ..."https://127.1/ https://0x7f.1/ https://169.254.169.254/latest https://10.0.0.1/".split(" "),
    ..."https://192.168.1.1/ https://172.16.0.1/ https://100.64.0.1/ https://8.8.8.8/".split(" "),
    ..."https://[::1]/ https://[::ffff:127.0.0.1]/ https://[fe80::1]/ https://[fd00::1]/".split(
      " ",
    ),
    ..."https://localhost/ https://localhost./ https://a.localhost/ https://a.local/".split(" "),
    ..."https://metadata.google.internal/ https://db.svc/ https://a.lan/ https://intranet/".split(
      " ",
    ),
    ..."https://1.0.0.127.in-addr.arpa/ https://user:pw@a.com/ https://user@example.com/".split(
      " ",
    ),
    ..."https://example.com:8443/ https://example.com@10.0.0.1/ https:example.com".split(" "),
    "https://example.com\\@169.254.169.254/",
    "https:\\\\example.com/",
    "https://example.com /",
    " https://example.com/",
    "https://exa\nmple.com/",
    "https://%6cocalhost/",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "https://127\u30020\u30020\u30021/",
    "data:text/html,<script>",
    "data:application/pdf;base64,aGk=",
    "data:,hello",
    "data:image/png",
    "javascript:alert(1)",
    "",
    7,
    null,
  ])("is refused by its place: %s", (url) => {
    expect(paramOf(image(url))).toBe("messages.0.content.0.image_url.url");
    expect(paramOf(part({ type: "image_url", image_url: url ?? 7 }))).toBe(
      "messages.0.content.0.image_url",
    );
  });
});

const PARTS: [string, string, object][] = [
  [
    "input_audio",
    "sound",
    {
      messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "AA" } }] }],
    },
  ],
  [
    "file",
    "a file",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "x" },
            { type: "file", file: {} },
          ],
        },
      ],
    },
  ],
  [
    "cache_control",
    "a cached part",
    { messages: [{ role: "user", content: [{ type: "text", text: "x", cache_control: {} }] }] },
  ],
  [
    "cache_control",
    "a cached message",
    { messages: [{ role: "system", content: "x", cache_control: { ttl: "1h" } }] },
  ],
  [
    "cache_control",
    "a cached part of a result",
    { messages: [{ role: "tool", content: [{ type: "text", text: "x", cache_control: {} }] }] },
  ],
  [
    "cache_control",
    "a cached tool",
    { tools: [{ type: "function", function: { name: "f" }, cache_control: {} }] },
  ],
  [
    "cache_control",
    "a cached function",
    { tools: [{ type: "function", function: { name: "f", cache_control: {} } }] },
  ],
  ["cache_control", "a request that is cached whole", { cache_control: { type: "ephemeral" } }],
];

describe("a part of a prompt that costs the operator more than its price", () => {
  it.each(PARTS)(
    "is refused by name before anything is held: %s, as %s",
    async (field, _what, more) => {
      const model = standInModel();
      const who = await signUpFundedUser(1);
      const response = await sendChat(who, chatBody({ ...more }));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { code: "invalid_request", param: field },
      });
      expect(model.calls).toHaveLength(0);
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
    },
  );

  it.each(PARTS)("passes where the operator's prices cover it: %s, as %s", (field, _what, more) => {
    const settings = { ...NONE, coveredFields: [field] };
    expect(paramOf(more, settings)).toBeNull();
    expect(withoutEmptyFields(chatBody({ ...more }), settings)).toMatchObject(more);
  });

  it("is found among any number of parts, and not by its name alone", () => {
    const properties = { file: { type: "string" }, cache_control: { type: "object" } };
    const tools = [{ type: "function", function: { name: "file", parameters: { properties } } }];
    const text = { type: "text", text: "input_audio", cache_control: null };
    const content = Array.from({ length: 200_000 }, () => text);
    expect(paramOf({ messages: [{ role: "user", content }], tools })).toBeNull();
    const messages = [{ role: "user", content: [...content, { type: "file", file: {} }] }];
    expect(paramOf({ messages, tools })).toBe("file");
  });
});
