import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import worker from "../../src/index.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { stubUpstreamJson } from "../support/upstream.ts";
import { messageBody, sendMessage } from "./support/messages.ts";

const REPLY = {
  choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 1 },
};

/** Sends a request, and returns what the vendor got. */
async function translate(more: Record<string, unknown>): Promise<Record<string, unknown>> {
  let sent = "";
  fakeNetwork.standIn("model.test", async (request) => {
    sent = await request.text();
    return Response.json(REPLY);
  });
  const response = await sendMessage(await signUpFundedUser(100), messageBody(more));
  expect([response.status, response.ok ? "" : await response.text()]).toEqual([200, ""]);
  return JSON.parse(sent);
}

const user = (...content: readonly object[]) => [{ role: "user", content }];
const text = (said: string, more: object = {}) => ({ type: "text", text: said, ...more });
const IMAGE = { type: "base64", media_type: "image/png", data: "iVBORw0K" };
const CACHE = { cache_control: { type: "ephemeral" } };
const schema = { type: "object", properties: { place: { type: "string" } } };
const tool = { name: "weather", description: "Weather.", input_schema: schema };
const translatedTool = {
  type: "function",
  function: { name: "weather", description: "Weather.", parameters: schema },
};
const turn = (...thoughts: readonly object[]) => [
  { role: "user", content: "Hi" },
  { role: "assistant", content: [...thoughts, text("Hello")] },
  { role: "user", content: "Go on" },
];

describe("a message's request reaches the vendor as the chat that asks for the same", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "text",
      {},
      {
        model: "large",
        max_completion_tokens: 100,
        messages: [{ role: "user", content: "Say something about edges." }],
      },
    ],
    [
      "a system prompt as a text",
      { system: "Be brief." },
      {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Say something about edges." },
        ],
      },
    ],
    [
      "a system prompt as blocks, and another between messages",
      {
        system: [text("Be brief."), text("Be kind.", CACHE)],
        messages: [
          { role: "user", content: "Hi" },
          { role: "system", content: "Be loud." },
        ],
      },
      {
        messages: [
          { role: "system", content: "Be brief.\n\nBe kind." },
          { role: "user", content: "Hi" },
          { role: "system", content: "Be loud." },
        ],
      },
    ],
    [
      "pictures",
      {
        messages: user(
          text("What is it?"),
          { type: "image", source: IMAGE },
          { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        ),
      },
      {
        messages: user(
          text("What is it?"),
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0K" } },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ),
      },
    ],
    [
      "a document of text",
      {
        messages: user({
          type: "document",
          title: "Notes",
          source: { type: "text", media_type: "text/plain", data: "It rained." },
        }),
      },
      { messages: [{ role: "user", content: "Notes\n\nIt rained." }] },
    ],
    [
      "tools, and which of them to call",
      {
        tools: [{ type: "custom", ...tool, ...CACHE, eager_input_streaming: true }],
        tool_choice: { type: "any", disable_parallel_tool_use: true },
      },
      { tools: [translatedTool], tool_choice: "required", parallel_tool_calls: false },
    ],
    [
      "examples of a tool",
      { tools: [{ ...tool, strict: true, input_examples: [{ place: "Cairo" }] }] },
      {
        tools: [
          {
            type: "function",
            function: {
              ...translatedTool.function,
              strict: true,
              description: 'Weather.\nExamples:\n{"place":"Cairo"}',
            },
          },
        ],
      },
    ],
    [
      "a tool by its name",
      { tools: [tool], tool_choice: { type: "tool", name: "weather" } },
      { tool_choice: { type: "function", function: { name: "weather" } } },
    ],
    ["any tool", { tools: [tool], tool_choice: { type: "auto" } }, { tool_choice: "auto" }],
    ["no tool", { tools: [tool], tool_choice: { type: "none" } }, { tool_choice: "none" }],
    [
      "tool calls and their results",
      {
        messages: [
          { role: "user", content: "Weather?" },
          {
            role: "assistant",
            content: [
              text("I look."),
              { type: "tool_use", id: "a", name: "weather", input: { place: "Cairo" } },
              { type: "tool_use", id: "b", name: "weather", input: {} },
            ],
          },
          ...user(
            { type: "tool_result", tool_use_id: "a", content: "Sunny" },
            {
              type: "tool_result",
              tool_use_id: "b",
              is_error: true,
              content: [text("No place"), { type: "image", source: IMAGE }],
            },
            text("And now?"),
          ),
        ],
      },
      {
        messages: [
          { role: "user", content: "Weather?" },
          {
            role: "assistant",
            content: "I look.",
            tool_calls: [
              {
                id: "a",
                type: "function",
                function: { name: "weather", arguments: '{"place":"Cairo"}' },
              },
              { id: "b", type: "function", function: { name: "weather", arguments: "{}" } },
            ],
          },
          { role: "tool", tool_call_id: "a", content: "Sunny" },
          { role: "tool", tool_call_id: "b", content: "Error:\n\nNo place" },
          ...user(
            text("The result of the tool call b:"),
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0K" } },
            text("And now?"),
          ),
        ],
      },
    ],
    [
      "thoughts that were sealed",
      {
        messages: turn(
          { type: "thinking", thinking: "Well", signature: "c2ln" },
          { type: "redacted_thinking", data: "ZGF0YQ" },
        ),
      },
      {
        messages: [
          { role: "user", content: "Hi" },
          {
            role: "assistant",
            content: "Hello",
            reasoning_details: [
              { type: "reasoning.text", text: "Well", signature: "c2ln" },
              { type: "reasoning.encrypted", data: "ZGF0YQ" },
            ],
          },
          { role: "user", content: "Go on" },
        ],
      },
    ],
    [
      "thoughts that were not",
      { messages: turn({ type: "thinking", thinking: "Well", signature: "unsealed" }) },
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello", reasoning_content: "Well" },
          { role: "user", content: "Go on" },
        ],
      },
    ],
    [
      "how a reply is chosen",
      { temperature: 0.5, top_p: 0.9, top_k: 40, stop_sequences: ["END"] },
      { temperature: 0.5, top_p: 0.9, top_k: 40, stop: ["END"] },
    ],
    [
      "how much it thinks",
      { thinking: { type: "enabled", budget_tokens: 2000 }, max_tokens: 4000 },
      { reasoning_effort: "low" },
    ],
    [
      "an answer by a schema",
      { output_config: { format: { type: "json_schema", schema } } },
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "output", schema, strict: true },
        },
      },
    ],
    ["whose request it is", { metadata: { user_id: "u1" } }, { user: "u1" }],
  ])("%s", async (_name, asked, sent) => {
    expect(await translate(asked)).toMatchObject(sent);
  });

  it("without what asks for nothing, hints, and what is as it would be anyway", async () => {
    const sent = await translate({
      cache_control: { type: "ephemeral", ttl: "1h" },
      service_tier: "auto",
      speed: "standard",
      thinking: { type: "disabled" },
      context_management: { edits: [] },
      diagnostics: { previous_message_id: null },
      mcp_servers: [],
      output_config: { effort: "high" },
      container: null,
      tools: [],
      tool_choice: { type: "auto" },
      stop_sequences: [],
      metadata: { user_id: "x".repeat(200) },
      system: "",
    });
    expect(Object.keys(sent).toSorted()).toEqual([
      "max_completion_tokens",
      "messages",
      "model",
      "stream",
    ]);
  });

  it("with its marks of a cache, where the operator covers them", async () => {
    const vendor = standInModel();
    const who = await signUpFundedUser(100);
    const local = {
      baseUrl: "http://model.test/v1",
      apiKeyVar: "LOCAL_MODEL_KEY",
      coveredFields: ["cache_control"],
    };
    const body = messageBody({
      system: [text("Be brief.", CACHE)],
      messages: user(text("Hi", CACHE)),
      tools: [{ ...tool, ...CACHE }],
    });
    const request = new Request("http://farebox.test/v1/messages", {
      method: "POST",
      headers: { "x-api-key": who.key, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const covered = { ...env, UPSTREAMS: JSON.stringify({ local }) };
    await (await worker.fetch(request, covered, createExecutionContext())).text();
    expect(JSON.parse(vendor.calls[0]?.rawBody ?? "")).toMatchObject({
      messages: [
        { role: "system", content: [text("Be brief.", CACHE)] },
        { role: "user", content: [text("Hi", CACHE)] },
      ],
      tools: [{ ...translatedTool, ...CACHE }],
    });
  });

  it("with the effort that it makes, of a model that thinks", async () => {
    const who = await signUpFundedUser(100);
    const model = {
      id: "thinker",
      upstream: "local",
      upstreamModel: "large",
      inputPrice: 1,
      outputPrice: 1,
      contextLength: 1000,
      maxOutputTokens: 1000,
      reasoning: true,
    };
    await loadCatalog(database(env.DB), { plans: [], models: [model] }, Date.now());
    const vendor = standInModel();
    const more = { thinking: { type: "adaptive" }, output_config: { effort: "max" } };
    await sendMessage(who, messageBody({ model: "thinker", ...more }));
    expect(JSON.parse(vendor.calls[0]?.rawBody ?? "")).toMatchObject({ reasoning_effort: "high" });
  });

  it("with pictures of several MiB as they came", async () => {
    const data = "A/b+".repeat(500_000);
    const source = { ...IMAGE, data };
    const { messages } = await translate({ messages: user({ type: "image", source }) });
    const url = `data:image/png;base64,${data}`;
    expect(JSON.stringify(messages)).toBe(
      JSON.stringify(user({ type: "image_url", image_url: { url } })),
    );
  });

  it("with numbers that no double holds", async () => {
    const body = JSON.stringify(
      messageBody({
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: 0 }] },
          ...user({ type: "tool_result", tool_use_id: "a" }),
        ],
      }),
    ).replace('"input":0', '"input":{"n":12345678901234567890}');
    let sent = "";
    fakeNetwork.standIn("model.test", async (request) => {
      sent = await request.text();
      return Response.json(REPLY);
    });
    const who = await signUpFundedUser(10);
    expect((await sendMessage(who, body)).status).toBe(200);
    expect(sent).toContain('{\\"n\\":12345678901234567890}');
  });
});

describe("a message's request that cannot be served is refused by name", () => {
  const searches = [{ type: "web_search_20250305", name: "web_search" }];
  const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERi0" };
  it.each<[string, Record<string, unknown>, string]>([
    ["top_q", { top_q: 1 }, "top_q"],
    ["a model that is no text", { model: 5 }, "model"],
    ["no limit", { max_tokens: undefined }, "max_tokens"],
    ["a limit of 0", { max_tokens: 0 }, "max_tokens"],
    ["no messages", { messages: [] }, "messages"],
    ["another role", { messages: [{ role: "tool", content: "" }] }, "messages.0.role"],
    ["a number as content", { messages: [{ role: "user", content: 5 }] }, "messages.0.content"],
    ["sound", { messages: user({ type: "audio" }) }, "messages.0.content.0.type"],
    [
      "an uploaded picture",
      { messages: user({ type: "image", source: { type: "file", file_id: "file_1" } }) },
      "messages.0.content.0.source.type",
    ],
    [
      "a picture in a private network",
      { messages: user({ type: "image", source: { type: "url", url: "https://10.0.0.1/a.png" } }) },
      "messages.0.content.0.source.url",
    ],
    ["a PDF", { messages: user({ type: "document", source: pdf }) }, "file"],
    ["a search", { tools: searches }, "tools"],
    ["a tool without a schema", { tools: [{ name: "f" }] }, "tools.0.input_schema"],
    ["a container", { container: "cnt_1" }, "container"],
    ["a faster model", { speed: "fast" }, "speed"],
    ["a dearer tier", { service_tier: "priority" }, "service_tier"],
    ["servers of tools", { mcp_servers: [{ url: "https://example.com" }] }, "mcp_servers"],
    ["an odd way of thinking", { thinking: { type: "deep" } }, "thinking.type"],
  ])("%s", async (_name, more, param) => {
    standInModel();
    const who = await signUpFundedUser(10);
    const response = await sendMessage(who, messageBody(more));
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error", details: { param } } },
    ]);
  });

  it("a tool of the vendor's, with its type, also in a chat", async () => {
    const who = await signUpFundedUser(10);
    const said = expect.stringContaining('tools: "web_search_20250305" isn\'t covered');
    const message = await sendMessage(who, messageBody({ tools: searches }));
    expect(await message.json()).toMatchObject({ error: { message: said } });
    const chat = await call("POST", "/v1/chat/completions", {
      token: who.key,
      body: chatBody({ tools: searches }),
    });
    expect(await chat.json()).toMatchObject({ error: { message: said } });
  });

  it.each<[string, string]>([
    ["half a body", '{"model":'],
    ["a list", "[]"],
    ["nothing", "null"],
    ["a text", '"hello"'],
    ["a deep one", `{"model":${"[".repeat(200)}${"]".repeat(200)}}`],
  ])("%s", async (_name, body) => {
    stubUpstreamJson(REPLY);
    const response = await sendMessage(await signUpFundedUser(1), body);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error" } },
    ]);
  });
});
