import { describe, expect, it, vi } from "vitest";
import { mayReason } from "../../src/chat/may-reason.ts";
import { parseChatRequest } from "../../src/chat/request.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  sendChat,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const usage = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
/** The prompt of these tests is bounded by its bytes: a long one fits the counts above. */
const body = (more: object = {}) =>
  chatBody({ messages: [{ role: "user", content: "x".repeat(1500) }], ...more });
const COST = 1000 * 30 + 10 * 150;

const stub = (text: string, type: string) =>
  fakeNetwork.standIn(
    "model.test",
    () => new Response(text, { headers: type === "" ? {} : { "content-type": type } }),
  );

/** A hold is settled after the reply. No test is about how soon. */
const BUSY_MACHINE = { timeout: 60_000 };
const settled = async (user: FundedUser) =>
  await vi.waitFor(async () => {
    const totals = await readAccountTotals(user);
    expect(totals.heldMicrocredits).toBe(0);
    return totals;
  }, BUSY_MACHINE);

const choiceOf = (content: string) => ({
  index: 0,
  message: { role: "assistant", content },
  finish_reason: "stop",
});
const completion = (more: object = {}) => ({
  id: "r",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [choiceOf("Hi there")],
  usage,
  ...more,
});

describe("a reply in another vendor's shape is passed on and charged", () => {
  it.each<[string, object]>([
    ["Anthropic", { type: "message", content: [{ type: "text", text: "two words" }] }],
    ["Gemini", { candidates: [{ content: { parts: [{ text: "two words" }] } }] }],
    ["Ollama", { message: { role: "assistant", content: "two words" }, done: true }],
    ["OpenAI's Responses", { output: [{ type: "message", content: [{ text: "two words" }] }] }],
    ["a text of another name", { generated_text: "two words" }],
    ["choices of another shape", { choices: [{ content: "two words" }] }],
  ])("by an estimate of its text: %s", async (_vendor, reply) => {
    stubUpstreamJson(reply);
    const user = await signUpFundedUser(100);
    const served = await sendChat(user, chatBody({ model: "exact" }));
    expect([served.status, await served.json()]).toMatchObject([200, reply]);
    expect((await settled(user)).charged).toHaveLength(1);
  });
});

describe("a reply whose vendor counts, but has nothing to say", () => {
  it.each<[string, object]>([
    ["no choices", { choices: [], usage }],
    ["no field for them", { usage }],
    ["an empty choice", { choices: [choiceOf("")], usage: { ...usage, completion_tokens: 0 } }],
  ])("is passed on and charged by the count: %s", async (_what, reply) => {
    stubUpstreamJson(reply);
    const user = await signUpFundedUser(10);
    expect((await sendChat(user, body())).status).toBe(200);
    expect((await settled(user)).charged[0]).toBeGreaterThanOrEqual(30_000);
  });

  it("is passed on and owes the prompt, where it does not even count", async () => {
    stubUpstreamStream(upstreamFrames.finishes("stop"), upstreamFrames.done);
    const user = await signUpFundedUser(10);
    await (await sendChat(user, body({ stream: true }))).text();
    const { captures, charged } = await settled(user);
    expect(captures[0]?.entry).toMatchObject({ usage: { output: 0 }, estimated: true });
    expect(charged[0]).toBeGreaterThan(0);
  });
});

describe("a reply too long or too odd to be read is passed on", () => {
  const long = "x".repeat(9_000_000);
  const nested = "[".repeat(200_000) + "]".repeat(200_000);

  it.each<[string, string]>([
    ["long, its count at the end", JSON.stringify({ choices: [choiceOf(long)], usage })],
    ["long, its count before", JSON.stringify({ usage, choices: [choiceOf(long)] })],
  ])("and charged by its count: %s", async (_what, reply) => {
    stub(reply, "application/json");
    const user = await signUpFundedUser(10);
    const response = await sendChat(user, body());
    expect([response.status, (await response.text()) === reply]).toEqual([200, true]);
    expect((await settled(user)).charged).toEqual([COST]);
  });

  it("and charged by its count, however deeply it is nested", async () => {
    const count = JSON.stringify(usage);
    stub(`{"choices":[{"message":{"content":${nested}}}],"usage":${count}}`, "application/json");
    const user = await signUpFundedUser(10);
    expect((await sendChat(user, body())).status).toBe(200);
    expect((await settled(user)).charged).toEqual([COST]);
  });

  it("and charged at the bound, where it has no count that can be found", async () => {
    const words = '\\"usage\\": {\\"prompt_tokens\\": 1}';
    const reply = JSON.stringify({ choices: [choiceOf(long)] }).replace("xx", words);
    stub(reply, "application/json");
    const user = await signUpFundedUser(1000);
    const response = await sendChat(user, chatBody({ model: "exact", max_tokens: 7 }));
    expect((await response.text()).length).toBe(reply.length);
    expect((await settled(user)).charged).toEqual([7_000_000]);
  });
});

describe("a reply in the form that was not asked for", () => {
  const frames = [
    upstreamFrames.frame({
      id: "r",
      model: "m",
      choices: [{ index: 0, delta: { role: "assistant", content: "Hi " } }],
    }),
    upstreamFrames.says("there"),
    upstreamFrames.finishes("stop"),
    upstreamFrames.frame({ choices: [], usage }),
    upstreamFrames.done,
  ].join("");

  it.each(["text/plain", "application/json", "application/octet-stream", ""])(
    "that reads as a stream is relayed as one, called %j",
    async (type) => {
      stub(frames, type);
      const user = await signUpFundedUser(10);
      const response = await sendChat(user, body({ stream: true }));
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      expect(await response.text()).toContain(upstreamFrames.says("there"));
      expect((await settled(user)).charged).toEqual([COST]);
    },
  );

  it.each<[string, object, (text: string) => void]>([
    ["without usage", {}, (text) => expect(text).not.toContain("usage")],
    [
      "with usage",
      { stream_options: { include_usage: true } },
      (text) => expect(text).toContain(JSON.stringify({ usage }).slice(1, -1)),
    ],
    [
      "with the cost",
      { usage: { include: true } },
      (text) => expect(text).toContain(`"cost":${COST / 1e6}`),
    ],
  ])("a whole one is given as a chunk, %s", async (_what, more, check) => {
    for (const type of ["application/json", "text/plain", ""]) {
      stub(JSON.stringify(completion()), type);
      const user = await signUpFundedUser(10);
      const key = { "idempotency-key": "whole" };
      const response = await sendChat(user, body({ stream: true, ...more }), key);
      const text = await response.text();
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      const [first, ...rest] = text.trimEnd().split("\n\n");
      expect(JSON.parse(first?.slice("data: ".length) ?? "")).toMatchObject({
        object: "chat.completion.chunk",
        choices: [{ delta: { content: "Hi there" }, finish_reason: "stop" }],
      });
      expect(rest.at(-1)).toBe("data: [DONE]");
      check(text);
      expect((await settled(user)).charged).toEqual([COST]);
      const again = await sendChat(user, body({ stream: true, ...more }), key);
      expect(await again.text()).toBe(text);
    }
  });

  it("a stream of any name is put together", async () => {
    for (const type of ["text/event-stream", "application/json", "text/plain"]) {
      stub(frames, type);
      const user = await signUpFundedUser(10);
      const response = await sendChat(user, body());
      expect(await response.json()).toMatchObject({
        id: "r",
        object: "chat.completion",
        choices: [choiceOf("Hi there")],
        usage: { ...usage, cost: COST / 1e6 },
      });
      expect((await settled(user)).charged).toEqual([COST]);
    }
  });

  it("tool calls are put together, and taken apart, with their index", async () => {
    const call = (more: object, index = 0) =>
      upstreamFrames.frame({
        choices: [{ index: 0, delta: { tool_calls: [{ index, ...more }] } }],
      });
    const stream = [
      call({ id: "a", type: "function", function: { name: "add", arguments: "" } }),
      call({ function: { arguments: '{"a"' } }),
      call({ function: { arguments: ":1}" } }),
      call({ id: "b", type: "function", function: { name: "sub", arguments: "{}" } }, 1),
      upstreamFrames.finishes("tool_calls"),
    ].join("");
    const calls = [
      { id: "a", type: "function", function: { name: "add", arguments: '{"a":1}' } },
      { id: "b", type: "function", function: { name: "sub", arguments: "{}" } },
    ];
    const user = await signUpFundedUser(10);
    stub(stream, "text/event-stream");
    const whole = await (await sendChat(user, body())).json<{ choices: [{ message: object }] }>();
    expect(whole.choices[0].message).toMatchObject({ tool_calls: calls });
    stubUpstreamJson({ choices: [{ index: 0, message: { content: null, tool_calls: calls } }] });
    const text = await (await sendChat(user, body({ stream: true }))).text();
    expect(text).toContain('"tool_calls":[{"index":0,"id":"a"');
    expect(text).toContain('{"index":1,"id":"b"');
  });

  it("an error is refused, and costs nothing", async () => {
    const user = await signUpFundedUser(10);
    for (const type of ["application/json", "text/plain"]) {
      stub(JSON.stringify({ error: { code: 502, message: "Gone" } }), type);
      expect((await sendChat(user, body({ stream: true }))).status).toBe(502);
    }
    stub("<html>Hello</html>", "text/html");
    expect((await sendChat(user, body({ stream: true }))).status).toBe(502);
    expect((await settled(user)).charged).toEqual([]);
  });
});

it("input that is written to a cache has a price of its own", async () => {
  const user = await signUpFundedUser(10);
  const details = { prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 800 } };
  stubUpstreamJson(completion({ usage: { ...usage, ...details } }));
  await sendChat(user, body());
  // `large` has no such price: it costs as much as other input.
  expect((await settled(user)).charged).toEqual([COST]);
});

describe("a model may think unseen", () => {
  const asked = (more: object) => {
    const request = parseChatRequest(
      new TextEncoder().encode(JSON.stringify(chatBody({ ...more }))),
    );
    if (!request.ok) throw new Error(request.failure.message);
    return request.value;
  };

  it.each<[object, boolean]>([
    [{}, false],
    [{ reasoning_effort: "high" }, true],
    [{ reasoning_effort: "none" }, false],
    [{ reasoning_effort: null }, false],
    [{ reasoning: { effort: "low" } }, true],
    [{ reasoning: { effort: "none" } }, false],
    [{ reasoning: { enabled: false } }, false],
    [{ thinking: { type: "enabled", budget_tokens: 1024 } }, true],
    [{ thinking: { type: "disabled" } }, false],
    [{ enable_thinking: true }, true],
    [{ enable_thinking: false }, false],
  ])("as its request has it: %j", (more, expected) => {
    expect(mayReason(asked(more), { reasoning: false })).toBe(expected);
    expect(mayReason(asked(more), { reasoning: true })).toBe(true);
  });
});
