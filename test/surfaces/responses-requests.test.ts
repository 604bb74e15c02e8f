import { describe, expect, it } from "vitest";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { counted, functionCall, scriptReplies } from "../support/scripted-replies.ts";
import { expectCharged, post } from "../support/surface.ts";

type Json = Readonly<Record<string, unknown>>;

const PATH = "/v1/responses";
const ask = (more: Json = {}) => ({ model: "large", input: "Hello", ...more });
const PIXEL = "data:image/png;base64,iVBORw0KGgo=";
const REPLY = { message: { content: "Hi" }, finish: "stop", usage: counted(10, 1) };
const user = (text: string) => ({ role: "user", content: text });
const call = (id: string) => ({
  type: "function_call",
  id: `fc_${id}`,
  call_id: id,
  name: "f",
  arguments: "{}",
  status: "completed",
});
const called = (id: string) => ({
  id,
  type: "function",
  function: { name: "f", arguments: "{}" },
});

/** What a client sends, and what the vendor gets of it. */
const MESSAGES: readonly [name: string, request: Json, messages: readonly Json[]][] = [
  ["a text", {}, [user("Hello")]],
  [
    "instructions, and what developers say first, as one message of the system",
    {
      instructions: "Be kind.",
      input: [
        { role: "developer", content: "Be brief." },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
        { role: "developer", content: "Now in French." },
      ],
    },
    [
      { role: "system", content: "Be kind.\n\nBe brief." },
      user("Hello"),
      { role: "system", content: "Now in French." },
    ],
  ],
  [
    "a picture beside text",
    {
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is it?" },
            { type: "input_image", image_url: PIXEL, detail: "low" },
          ],
        },
      ],
    },
    [
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url: PIXEL, detail: "low" } },
        ],
      },
    ],
  ],
  [
    "what the model said in several items, as one message",
    {
      input: [
        user("Hello"),
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }] },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "I look.", annotations: [] }],
        },
        call("call_a"),
        call("call_b"),
        { type: "function_call_output", call_id: "call_a", output: "1" },
        {
          type: "function_call_output",
          call_id: "call_b",
          output: [
            { type: "input_text", text: "2" },
            { type: "input_text", text: "3" },
          ],
        },
      ],
    },
    [
      user("Hello"),
      {
        role: "assistant",
        content: "I look.",
        reasoning_content: "Hm.",
        tool_calls: [called("call_a"), called("call_b")],
      },
      { role: "tool", tool_call_id: "call_a", content: "1" },
      { role: "tool", tool_call_id: "call_b", content: "2\n3" },
    ],
  ],
  [
    "a picture that a tool returned, after all results",
    {
      input: [
        call("call_a"),
        call("call_b"),
        {
          type: "function_call_output",
          call_id: "call_a",
          output: [{ type: "input_image", image_url: PIXEL }],
        },
        { type: "function_call_output", call_id: "call_b", output: "2" },
      ],
    },
    [
      { role: "assistant", content: null, tool_calls: [called("call_a"), called("call_b")] },
      { role: "tool", tool_call_id: "call_a", content: "The result is attached." },
      { role: "tool", tool_call_id: "call_b", content: "2" },
      {
        role: "user",
        content: [
          { type: "text", text: "The result of call_a:" },
          { type: "image_url", image_url: { url: PIXEL } },
        ],
      },
    ],
  ],
  [
    "a custom tool's call, and a refusal",
    {
      input: [
        { type: "custom_tool_call", call_id: "call_c", name: "patch", input: "*** Begin" },
        { type: "custom_tool_call_output", call_id: "call_c", output: "Done" },
        { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
        user("Why?"),
      ],
    },
    [
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_c", type: "custom", custom: { name: "patch", input: "*** Begin" } },
        ],
      },
      { role: "tool", tool_call_id: "call_c", content: "Done" },
      { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
      user("Why?"),
    ],
  ],
  [
    "encrypted thoughts as they came, and none where nothing is in them",
    {
      input: [
        user("Hello"),
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "c2VhbGVk" },
        { role: "assistant", content: "Hi" },
        { type: "reasoning", id: "rs_2", summary: [] },
        user("Again"),
      ],
    },
    [
      user("Hello"),
      {
        role: "assistant",
        content: "Hi",
        reasoning_details: [{ type: "reasoning.encrypted", data: "c2VhbGVk" }],
      },
      user("Again"),
    ],
  ],
];

/** Fields of a request, and those of the chat that it becomes. */
const FIELDS: readonly [name: string, request: Json, chat: Json][] = [
  ["a cap", { max_output_tokens: 50 }, { max_completion_tokens: 50 }],
  [
    "how tokens are chosen",
    { temperature: 0.5, top_p: 0.9, top_logprobs: 2, seed: 7 },
    { temperature: 0.5, top_p: 0.9, logprobs: true, top_logprobs: 2, seed: 7 },
  ],
  [
    "that tokens are shown with how likely they are",
    { include: ["message.output_text.logprobs"] },
    { logprobs: true },
  ],
  [
    "how it thinks",
    { reasoning: { effort: "high", summary: "auto" } },
    { reasoning_effort: "high" },
  ],
  ["how much it says", { text: { verbosity: "low" } }, { verbosity: "low" }],
  [
    "JSON",
    { text: { format: { type: "json_object" } } },
    { response_format: { type: "json_object" } },
  ],
  [
    "a schema",
    {
      text: {
        format: { type: "json_schema", name: "a", schema: { type: "object" }, strict: true },
      },
    },
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "a", schema: { type: "object" }, strict: true },
      },
    },
  ],
  [
    "tools, and the choice among them",
    {
      tools: [
        {
          type: "function",
          name: "f",
          description: "d",
          parameters: {},
          strict: null,
          async: false,
        },
        { type: "custom", name: "g", format: { type: "grammar", syntax: "lark", definition: "x" } },
      ],
      tool_choice: { type: "function", name: "f" },
      parallel_tool_calls: false,
    },
    {
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: {} } },
        {
          type: "custom",
          custom: {
            name: "g",
            format: { type: "grammar", grammar: { syntax: "lark", definition: "x" } },
          },
        },
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
    },
  ],
  [
    "a set of allowed tools",
    {
      tools: [{ type: "function", name: "f" }],
      tool_choice: {
        type: "allowed_tools",
        mode: "auto",
        tools: [{ type: "function", name: "f" }],
      },
    },
    {
      tools: [{ type: "function", function: { name: "f" } }],
      tool_choice: {
        type: "allowed_tools",
        allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
      },
    },
  ],
  [
    "what is for the vendor",
    { user: "u", safety_identifier: "s", prompt_cache_key: "k", service_tier: "flex" },
    { user: "u", safety_identifier: "s", prompt_cache_key: "k", service_tier: "flex" },
  ],
  [
    "nothing of what is kept nowhere, or asks for nothing",
    {
      store: true,
      client_metadata: { session_id: "s" },
      metadata: { a: "b" },
      truncation: "auto",
      include: ["reasoning.encrypted_content"],
      previous_response_id: null,
      conversation: null,
      background: false,
      prompt: null,
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      text: {},
      service_tier: "auto",
      stream_options: null,
    },
    {},
  ],
];

describe("POST /v1/responses asks the vendor for", () => {
  it.each(MESSAGES)("%s", async (_name, request, messages) => {
    const requests = scriptReplies(REPLY);
    const funded = await signUpFundedUser(10);
    const response = await post(funded, PATH, ask(request));
    expect([response.status, requests[0]?.["messages"]]).toEqual([200, messages]);
  });

  it.each(FIELDS)("%s", async (_name, request, chat) => {
    const requests = scriptReplies(REPLY);
    const funded = await signUpFundedUser(10);
    const response = await post(funded, PATH, ask(request));
    expect(response.status).toBe(200);
    const { max_completion_tokens, ...fields } = requests[0] ?? {};
    expect({
      ...("max_completion_tokens" in chat ? { max_completion_tokens } : {}),
      ...fields,
    }).toEqual({
      model: "large",
      messages: [user("Hello")],
      ...chat,
    });
  });
});

it("says in a response what was asked for, and that nothing is stored", async () => {
  scriptReplies(REPLY);
  const funded = await signUpFundedUser(10);
  const tools = [{ type: "function", name: "f", parameters: {}, strict: true }];
  const asked = {
    instructions: "Be kind.",
    metadata: { a: "b" },
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 5,
    tools,
    tool_choice: "required",
    parallel_tool_calls: false,
    reasoning: { effort: "low", summary: "auto" },
    user: "u",
  };
  const response = await post(funded, PATH, ask({ ...asked, store: true, truncation: "auto" }));
  expect(await response.json()).toMatchObject({
    ...asked,
    store: false,
    truncation: "disabled",
    background: false,
    previous_response_id: null,
    text: { format: { type: "text" } },
  });
});

it("is replayed for the same Idempotency-Key, with the same ids, and charged once", async () => {
  standInModel();
  const funded = await signUpFundedUser(10);
  for (const stream of [false, true]) {
    const headers = { "idempotency-key": `key-${stream}` };
    const send = () => post(funded, PATH, ask({ stream, max_output_tokens: 5 }), headers);
    const first = await (await send()).text();
    await expectCharged(funded, ...Array<number>(stream ? 2 : 1).fill(expect.any(Number)));
    const again = await send();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.text()).toBe(first);
  }
  await expectCharged(funded, expect.any(Number), expect.any(Number));
});

const messageOf = (part: Json) => ({ input: [{ role: "user", content: [part] }] });

/** What is refused, by the place at fault. */
const REFUSED: readonly [param: string | null, request: Json][] = [
  ["model", { model: 7 }],
  ["input", { input: undefined }],
  ["input", { input: 7 }],
  ["input", { input: "" }],
  ["input", { input: [] }],
  ["input", { input: "", instructions: "Be kind." }],
  ["instructions", { instructions: ["x"] }],
  ["previous_response_id", { previous_response_id: "resp_1" }],
  ["conversation", { conversation: "conv_1" }],
  ["background", { background: true }],
  ["prompt", { prompt: { id: "pmpt_1" } }],
  ["context_management", { context_management: [{ type: "compaction" }] }],
  ["messages", { messages: [user("Hi")] }],
  ["max_tokens", { max_tokens: 5 }],
  ["response_format", { response_format: { type: "json_object" } }],
  ["n", { n: 2 }],
  ["max_output_tokens", { max_output_tokens: 0 }],
  ["max_output_tokens", { max_output_tokens: "5" }],
  ["top_logprobs", { top_logprobs: 21 }],
  ["stream", { stream: "yes" }],
  ["stream_options.surprise", { stream_options: { surprise: 1 } }],
  ["truncation", { truncation: "some" }],
  ["include.0", { include: ["everything"] }],
  ["metadata.a", { metadata: { a: 1 } }],
  ["reasoning.mode", { reasoning: { mode: "pro" } }],
  ["text.surprise", { text: { surprise: 1 } }],
  ["text.format.type", { text: { format: { type: "grammar" } } }],
  ["text.format.name", { text: { format: { type: "json_schema", schema: {} } } }],
  ["tools", { tools: {} }],
  ["tools.0.type", { tools: [{}] }],
  ["tools.0.name", { tools: [{ type: "function" }] }],
  ["tools.0.defer_loading", { tools: [{ type: "function", name: "f", defer_loading: true }] }],
  ["tools", { tools: [{ type: "web_search" }] }],
  ["tools", { tools: [{ type: "mcp", server_label: "x", server_url: "https://x.test" }] }],
  ["tool_choice", { tool_choice: "required" }],
  [
    "tool_choice.type",
    { tools: [{ type: "function", name: "f" }], tool_choice: { type: "file_search" } },
  ],
  ["service_tier", { service_tier: "priority" }],
  ["surprise", { surprise: 1 }],
  ["input.0", { input: [7] }],
  ["input.0", { input: ["Hi"] }],
  ["input.0.role", { input: [{ role: "tool", content: "x" }] }],
  ["input.0.role", { input: [{ type: "message", content: "x" }] }],
  ["input.0.content", { input: [{ role: "user" }] }],
  ["input.0.content.0.type", messageOf({ type: "video" })],
  ["input.0.content.0.text", messageOf({ type: "input_text" })],
  ["input.0.content.0.image_url", messageOf({ type: "input_image" })],
  [
    "input.0.content.0.image_url",
    messageOf({ type: "input_image", image_url: "http://10.0.0.1/x" }),
  ],
  ["input.0.content.0.file_id", messageOf({ type: "input_image", file_id: "file_1" })],
  [
    "input.0.content.0.file_url",
    messageOf({ type: "input_file", file_url: "https://x.test/a.pdf" }),
  ],
  ["file", messageOf({ type: "input_file", file_data: "data:application/pdf;base64,AA==" })],
  ["input.0", { input: [{ type: "item_reference", id: "msg_1" }] }],
  ["input.0", { input: [{ id: "msg_1" }] }],
  ["input.0.type", { input: [{ type: "web_search_call", id: "ws_1" }] }],
  ["input.0.call_id", { input: [{ type: "function_call", name: "f", arguments: "{}" }] }],
  [
    "input.0.arguments",
    { input: [{ type: "function_call", call_id: "a", name: "f", arguments: {} }] },
  ],
  ["input.0.output", { input: [{ type: "function_call_output", call_id: "a", output: 7 }] }],
  [
    "input.0.output.0.type",
    { input: [{ type: "function_call_output", call_id: "a", output: [{ type: "sound" }] }] },
  ],
  ["input.0.summary", { input: [{ type: "reasoning", id: "rs_1", summary: "x" }] }],
];

describe("POST /v1/responses refuses, before anything is held,", () => {
  it.each(REFUSED)("%s: %j", async (param, request) => {
    const model = standInModel();
    const funded = await signUpFundedUser(10);
    const response = await post(funded, PATH, ask(request));
    const { error } = await response.json<{ error: { message: string } }>();
    expect({ status: response.status, ...error }).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      code: "invalid_request",
      param,
    });
    expect(error.message).toContain(param);
    expect(model.calls).toHaveLength(0);
    await expectCharged(funded);
  });

  it.each<[string, string, number]>([
    ["what is no JSON", "{", 400],
    ["no object", "[]", 400],
    ["what is nested too deeply", `{"input":${"[".repeat(4000)}${"]".repeat(4000)}}`, 400],
    ["what is too large", JSON.stringify(ask({ input: "x".repeat(9 * 1_048_576) })), 413],
  ])("%s", async (_name, text, status) => {
    const model = standInModel();
    const funded = await signUpFundedUser(10);
    const headers = { "content-type": "application/json" };
    expect((await post(funded, PATH, text, headers)).status).toBe(status);
    expect(model.calls).toHaveLength(0);
    await expectCharged(funded);
  });
});

it("answers 404 in OpenAI's shape, and names what there is, for stored responses", async () => {
  const funded = await signUpFundedUser(10);
  const { fetchWorker } = await import("../support/surface.ts");
  for (const [method, path] of [
    ["GET", "/v1/responses/resp_1"],
    ["DELETE", "/v1/responses/resp_1"],
    ["POST", "/v1/responses/resp_1/cancel"],
    ["GET", "/v1/responses/resp_1/input_items"],
  ]) {
    const response = await fetchWorker(`http://farebox.test${path}`, {
      method: String(method),
      headers: { authorization: `Bearer ${funded.key}` },
    });
    expect(response.status).toBe(404);
    const { error } = await response.json<{ error: { message: string; type: string } }>();
    expect(error.type).toBe("not_found_error");
    expect(error.message).toMatch(/POST \/v1\/responses/);
  }
});

it("has functions in groups, whose calls say their group", async () => {
  const call = functionCall("agents__spawn", "call_a", "{}");
  const requests = scriptReplies({
    message: { content: null, tool_calls: [call] },
    finish: "tool_calls",
    usage: counted(10, 5),
  });
  const funded = await signUpFundedUser(10);
  const tools = [
    { type: "namespace", name: "agents", tools: [{ type: "function", name: "spawn" }] },
  ];
  const first = await post(funded, PATH, ask({ tools }));
  const { output } = await first.json<{ output: Json[] }>();
  expect(output).toMatchObject([
    { type: "function_call", namespace: "agents", name: "spawn", call_id: "call_a" },
  ]);
  const result = { type: "function_call_output", call_id: "call_a", output: "1" };
  await post(funded, PATH, ask({ tools, input: [user("Hello"), ...output, result] }));
  expect(requests.map(({ tools: asked }) => asked)).toEqual(
    requests.map(() => [{ type: "function", function: { name: "agents__spawn" } }]),
  );
  expect(requests[1]?.["messages"]).toMatchObject([
    user("Hello"),
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_a" },
  ]);
});

it("passes a large picture on as it came, and holds only what a picture takes", async () => {
  const requests = scriptReplies({ ...REPLY, usage: counted(2000, 1) });
  // 16,384 tokens of a picture at 30 microcredits are 0.5 credits; its bytes would be 60.
  const funded = await signUpFundedUser(1);
  const picture = `data:image/png;base64,${"A".repeat(2_000_000)}`;
  const content = [{ type: "input_image", image_url: picture }];
  const input = [{ role: "user", content }];
  const response = await post(funded, PATH, ask({ input, max_output_tokens: 5 }));
  expect(response.status).toBe(200);
  expect(requests[0]?.["messages"]).toEqual([
    { role: "user", content: [{ type: "image_url", image_url: { url: picture } }] },
  ]);
  await expectCharged(funded, 2000 * 30 + 150);
});
