import { describe, expect, it, vi } from "vitest";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  sendChat,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const ERROR = { code: 502, message: "Provider disconnected" };
const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
const choiceOf = (content: string, more: object = {}) => ({
  index: 0,
  message: { role: "assistant", content },
  finish_reason: "stop",
  ...more,
});

/** Every way in which vendors report an error within a reply of status 200. */
const ERRORS: readonly [name: string, reply: (text: string) => object][] = [
  ["beside its choices", (text) => ({ choices: [choiceOf(text)], error: ERROR, usage })],
  ["as a text", (text) => ({ choices: [choiceOf(text)], error: "Gone", usage })],
  ["in its choice", (text) => ({ choices: [choiceOf(text, { error: ERROR })], usage })],
  [
    "by its finish reason",
    (text) => ({ choices: [choiceOf(text, { finish_reason: "error" })], usage }),
  ],
  [
    "by Zhipu's finish reason",
    (text) => ({ choices: [choiceOf(text, { finish_reason: "network_error" })], usage }),
  ],
  [
    "by DeepSeek's finish reason",
    (text) => ({
      choices: [choiceOf(text, { finish_reason: "insufficient_system_resource" })],
      usage,
    }),
  ],
  [
    "in its message",
    (text) => ({
      choices: [{ index: 0, message: { role: "assistant", content: text, error: ERROR } }],
      usage,
    }),
  ],
  [
    "by its status, as MiniMax does",
    (text) => ({
      choices: text === "" ? null : [choiceOf(text)],
      usage,
      base_resp: { status_code: 1002, status_msg: "rate limit" },
    }),
  ],
];

const settled = async (user: FundedUser, charged: readonly number[]) =>
  await vi.waitFor(async () =>
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0, charged }),
  );

describe.each(ERRORS)("a reply that reports an error %s", (_name, reply) => {
  it("is a 502 where nothing was served, and costs nothing", async () => {
    stubUpstreamJson(reply(""));
    const user = await signUpFundedUser(10);
    const response = await sendChat(user);
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { error: { code: "upstream_error" } },
    ]);
    await settled(user, []);
  });

  it("is passed on where something was served, charged, and not kept for its key", async () => {
    stubUpstreamJson(reply("Half an ans"));
    const user = await signUpFundedUser(10);
    const key = { "idempotency-key": crypto.randomUUID() };
    expect((await sendChat(user, chatBody(), key)).status).toBe(200);
    await settled(user, [10 * 30 + 10 * 150]);
    stubUpstreamJson({ choices: [choiceOf("The whole answer")], usage });
    const again = await sendChat(user, chatBody(), key);
    expect(again.headers.get("idempotent-replayed")).toBeNull();
    expect(await again.text()).toContain("The whole answer");
  });
});

/** Errors that some vendors send with status 200 in place of a reply. */
const IN_PLACE: readonly [vendor: string, json: object][] = [
  ["OpenAI", { error: ERROR }],
  ["Cloudflare", { success: false, errors: [{ code: 7000, message: "Gone" }], result: null }],
  ["vLLM", { object: "error", message: "Gone", type: "InternalServerError", code: 500 }],
  ["Alibaba", { code: "InternalError", message: "Gone", request_id: "r" }],
  ["FastAPI", { detail: "Gone" }],
  ["Baidu", { error_code: 336100, error_msg: "Gone", id: "x" }],
  ["a proxy, by its status", { status: "error", message: "Gone" }],
  ["a proxy, by a number", { error: 500, message: "Gone" }],
  ["Anthropic", { type: "error", error: { type: "overloaded_error", message: "Gone" } }],
  [
    "OpenAI's Responses",
    { type: "response.failed", response: { status: "failed", error: { message: "Gone" } } },
  ],
];

it.each(IN_PLACE)("an error of %s in place of a reply costs nothing", async (_vendor, json) => {
  const user = await signUpFundedUser(10);
  stubUpstreamJson(json);
  expect((await sendChat(user)).status).toBe(502);
  stubUpstreamJson(json);
  expect((await sendChat(user, chatBody({ stream: true }))).status).toBe(502);
  stubUpstreamStream(upstreamFrames.frame(json), upstreamFrames.done);
  const told = await (await sendChat(user, chatBody({ stream: true }))).text();
  expect(told).toMatch(/"error":\s*[{"\d]/);
  await settled(user, []);
});

it.each([
  'event: error\ndata: {"message":"Gone","code":502}\n\n',
  "event: error\ndata: Gone\n\n",
  'error: {"message":"Gone"}\n\n',
  'error:{"error":"Gone","error_type":"overloaded"}\n\n',
])("an event that is called an error is one: %j", async (event) => {
  const user = await signUpFundedUser(10);
  stubUpstreamStream(event, upstreamFrames.done);
  expect(await (await sendChat(user, chatBody({ stream: true }))).text()).toContain("Gone");
  await settled(user, []);
  const key = { "idempotency-key": crypto.randomUUID() };
  stubUpstreamStream(upstreamFrames.says("Half an"), event, upstreamFrames.done);
  await (await sendChat(user, chatBody({ stream: true }), key)).text();
  stubUpstreamStream(upstreamFrames.says("Whole."), upstreamFrames.finishes("stop"));
  const again = await sendChat(user, chatBody({ stream: true }), key);
  expect(await again.text()).toContain("Whole.");
});

it("a line that is called an error is told as one that clients know", async () => {
  const user = await signUpFundedUser(10);
  stubUpstreamStream(upstreamFrames.says("Half an"), 'error: {"message":"Gone"}\n\n');
  const told = await (await sendChat(user, chatBody({ stream: true }))).text();
  expect(told).toMatch(/^data: \{"error":\{/m);
  expect(told).not.toContain("[DONE]");
});

it("an error in place of a reply reaches the caller where the request is to blame", async () => {
  const user = await signUpFundedUser(10);
  const message = "This model's maximum context length is 8192 tokens.";
  stubUpstreamJson({ error: { code: 400, message } });
  const response = await sendChat(user);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: "context_length_exceeded", message } },
  ]);
  stubUpstreamJson({ error: { code: 401, message: "Bad key upstream-key" } });
  const hidden = await sendChat(user);
  expect(hidden.status).toBe(502);
  expect(await hidden.text()).not.toContain("upstream-key");
});

it("a stream that an error ends is not kept for its key, and free without a text", async () => {
  const failed = upstreamFrames.frame({ choices: [], error: ERROR, usage });
  const key = { "idempotency-key": crypto.randomUUID() };
  const user = await signUpFundedUser(10);
  const stream = chatBody({ stream: true });
  stubUpstreamStream(failed, upstreamFrames.done);
  expect(await (await sendChat(user, stream, key)).text()).toContain(ERROR.message);
  await settled(user, []);
  stubUpstreamStream(upstreamFrames.says("Whole."), upstreamFrames.finishes("stop"));
  const again = await sendChat(user, stream, key);
  expect(again.headers.get("idempotent-replayed")).toBeNull();
  expect(await again.text()).toContain("Whole.");
});

it.each([
  ["delta", { delta: { role: "assistant", content: "word ".repeat(10) } }],
  ["text", { text: "word ".repeat(10) }],
])("a whole reply whose text is in `%s` is charged by an estimate", async (_field, choice) => {
  stubUpstreamJson({ choices: [{ index: 0, ...choice, finish_reason: "stop" }] });
  const user = await signUpFundedUser(10);
  expect((await sendChat(user, chatBody({ model: "exact" }))).status).toBe(200);
  await settled(user, [10_000_000]);
});

it.each([
  ["a list", []],
  ["a text", "10"],
  ["a number", 7],
])("a reply whose usage is %s is served, and charged by an estimate", async (_name, odd) => {
  stubUpstreamJson({ choices: [choiceOf("two words")], usage: odd });
  const user = await signUpFundedUser(10);
  expect((await sendChat(user, chatBody({ model: "exact" }))).status).toBe(200);
  await settled(user, [2_000_000]);
});
