import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import worker from "../../src/index.ts";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { standInModelServer } from "../support/model-server.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";
import { messageBody, readEvents, sendMessage, waitForSettlement } from "./support/messages.ts";

/** A model that costs a credit a token of its reply, so that a charge is a number of tokens. */
const asked = (more: object = {}) => messageBody({ model: "exact", max_tokens: 50, ...more });
const CREDIT = 1_000_000;

const signUp = (): Promise<FundedUser> => signUpFundedUser(1000);

/** Sends a request to a model that does something once, and returns the answer as it came. */
async function ask(who: FundedUser, behaviour: Behaviour, stream: boolean) {
  const model = standInModelServer();
  await model.next({ outputTokens: 20, delayMs: 5, ...behaviour });
  const response = await sendMessage(who, asked({ stream }));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const REFUSALS: readonly (readonly [string, Behaviour, number, string])[] = [
  ["refuses the request", { status: 400 }, 400, "invalid_request_error"],
  ["does not know the operator", { status: 401 }, 502, "api_error"],
  ["does not know the model", { status: 404 }, 502, "api_error"],
  ["is overloaded", { status: 429, retryAfterSeconds: 7 }, 429, "rate_limit_error"],
  ["fails", { status: 500 }, 502, "api_error"],
  ["is not there", { status: 503 }, 502, "api_error"],
  ["drops the connection", { instead: "drop" }, 502, "api_error"],
  ["sends half a JSON text", { instead: "garbage" }, 502, "api_error"],
  ["sends a page", { instead: "html" }, 502, "api_error"],
  ["sends nothing", { instead: "empty" }, 502, "api_error"],
];

describe.each([false, true])("a vendor (stream: %s)", (stream) => {
  it.each(REFUSALS)("that %s: nothing is charged", async (_name, behaviour, status, type) => {
    const who = await signUp();
    const answer = await ask(who, behaviour, stream);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      status,
      { type: "error", error: { type }, request_id: answer.headers.get("request-id") },
    ]);
    if (status === 429) expect(answer.headers.get("retry-after")).toBe("7");
    expect((await waitForSettlement(who)).charged).toEqual([]);
  });

  it.each<[string, Behaviour, number]>([
    ["counts nothing", { usage: null }, 20],
    ["counts absurdly", { usage: { prompt_tokens: 1e12, completion_tokens: 1e12 } }, 50],
    ["counts in texts", { usage: { prompt_tokens: "1", completion_tokens: "2" } }, 20],
    ["counts below zero", { usage: { prompt_tokens: -1, completion_tokens: -2 } }, 20],
  ])("that %s: an estimate is charged, within the hold", async (_name, behaviour, most) => {
    const who = await signUp();
    const answer = await ask(who, behaviour, stream);
    expect(answer.status).toBe(200);
    const { charged, captures } = await waitForSettlement(who);
    expect(captures[0]?.entry).toMatchObject({ estimated: true });
    const usage = stream
      ? Object(readEvents(answer.text).at(-2)?.["usage"])
      : JSON.parse(answer.text).usage;
    expect(charged).toEqual([usage.output_tokens * CREDIT]);
    expect(usage.cost).toBe(usage.output_tokens);
    expect(usage.output_tokens).toBeGreaterThanOrEqual(20);
    expect(usage.output_tokens).toBeLessThanOrEqual(Math.max(most, 50));
  });
});

describe("a stream", () => {
  it.each<[string, "die" | "end" | "error"]>([
    ["whose connection is lost", "die"],
    ["that stops", "end"],
    ["in which an error is told", "error"],
  ])("%s ends with an error event, and is charged for what came", async (_name, how) => {
    const who = await signUp();
    const { status, text } = await ask(who, { breakOff: { afterTokens: 3, how } }, true);
    expect(status).toBe(200);
    const events = readEvents(text);
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { type: "api_error", message: expect.stringMatching(/^The /) },
    });
    expect(events.filter(({ type }) => type === "error")).toHaveLength(1);
    expect(events.map(({ type }) => type)).not.toContain("message_stop");
    const { charged } = await waitForSettlement(who);
    expect(charged).toHaveLength(1);
    expect(charged[0]).toBeGreaterThanOrEqual(3 * CREDIT);
    expect(charged[0]).toBeLessThan(20 * CREDIT);
  });

  it("with nonsense in it goes on", async () => {
    const who = await signUp();
    const { text } = await ask(who, { breakOff: { afterTokens: 3, how: "garbage" } }, true);
    expect(readEvents(text).at(-1)).toEqual({ type: "message_stop" });
    expect((await waitForSettlement(who)).charged).toEqual([20 * CREDIT]);
  });

  it.each<[string, Behaviour]>([
    ["in single bytes", { pieceBytes: [1] }],
    ["with CRLF", { lineEnd: "\r\n" }],
    ["with comments", { comments: true }],
    ["without [DONE]", { done: false }],
    ["with usage in every chunk", { usageIn: "every-chunk" }],
  ])("%s is whole", async (_name, behaviour) => {
    const who = await signUp();
    const { text } = await ask(who, behaviour, true);
    const events = readEvents(text);
    expect(events.at(-1)).toEqual({ type: "message_stop" });
    expect(events.filter(({ type }) => type === "content_block_delta")).toHaveLength(20);
    expect((await waitForSettlement(who)).charged).toEqual([20 * CREDIT]);
  });

  it("is charged once when its client leaves, and the hold is freed", async () => {
    const model = standInModelServer();
    await model.next({ outputTokens: 20 });
    await model.gate();
    const who = await signUp();
    const response = await sendMessage(who, asked({ stream: true }));
    const reader = response.body?.getReader();
    await reader?.read();
    await model.open(4);
    await reader?.read();
    await reader?.cancel();
    await model.open();
    expect((await waitForSettlement(who)).charged).toEqual([20 * CREDIT]);
  });

  it("in place of a whole reply, and the other way round, becomes what was asked for", async () => {
    const { says, finishes, done } = upstreamFrames;
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const who = await signUp();
    stubUpstreamStream(says("Hello"), finishes("stop", { usage }), done);
    expect(await (await sendMessage(who, asked())).json()).toMatchObject({
      content: [{ type: "text", text: "Hello" }],
    });
    stubUpstreamJson({
      choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      usage,
    });
    const stream = await (await sendMessage(who, asked({ stream: true }))).text();
    expect(readEvents(stream).at(-1)).toEqual({ type: "message_stop" });
    expect((await waitForSettlement(who)).charged).toEqual([2 * CREDIT, 2 * CREDIT]);
  });
});

describe("a vendor that falls silent", () => {
  /** Sends a request to a Worker that waits for its vendor for a second. */
  async function askBriefly(behaviour: Behaviour, stream: boolean) {
    const model = standInModelServer();
    await model.next({ outputTokens: 20, delayMs: 5, ...behaviour });
    const who = await signUp();
    const request = new Request("http://farebox.test/v1/messages", {
      method: "POST",
      headers: { "x-api-key": who.key, "content-type": "application/json" },
      body: JSON.stringify(asked({ stream })),
    });
    const ctx = createExecutionContext();
    const brief = { ...env, UPSTREAM_TIMEOUT_SECONDS: "1" };
    const response = await worker.fetch(request, brief, ctx);
    const text = await response.text();
    await waitOnExecutionContext(ctx);
    return { status: response.status, text, totals: await waitForSettlement(who) };
  }

  it.each([false, true])(
    "before its first byte: nothing is charged (stream: %s)",
    async (stream) => {
      const { status, text, totals } = await askBriefly({ instead: "stall" }, stream);
      expect([status, JSON.parse(text)]).toMatchObject([504, { error: { type: "timeout_error" } }]);
      expect(totals.charged).toEqual([]);
    },
  );

  it("in the middle: the stream ends with an error event, and what came is charged", async () => {
    const { text, totals } = await askBriefly({ breakOff: { afterTokens: 3, how: "stall" } }, true);
    expect(readEvents(text).at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(totals.charged).toHaveLength(1);
    expect(totals.charged[0]).toBeGreaterThanOrEqual(3 * CREDIT);
    expect(totals.charged[0]).toBeLessThan(20 * CREDIT);
  });
});

it("a whole reply that an error cut off is as one at its limit, since it is paid for", async () => {
  stubUpstreamJson({
    choices: [
      {
        message: { role: "assistant", content: "Hel" },
        finish_reason: "error",
        error: { code: 1 },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  const who = await signUp();
  const response = await sendMessage(who, asked());
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { content: [{ text: "Hel" }], stop_reason: "max_tokens", usage: { cost: 2 } },
  ]);
  expect((await waitForSettlement(who)).charged).toEqual([2 * CREDIT]);
});

it("a whole reply that is too long to be read is as one at its limit", async () => {
  stubUpstreamJson({
    choices: [{ message: { role: "assistant", content: "x".repeat(9_000_000) } }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  const who = await signUp();
  const response = await sendMessage(who, asked());
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ content: [], stop_reason: "max_tokens" });
  expect((await waitForSettlement(who)).charged).toHaveLength(1);
});

it("a body above the limit is refused in the shape of its surface", async () => {
  const who = await signUp();
  const response = await exports.default.fetch(
    new Request("http://farebox.test/v1/messages", {
      method: "POST",
      headers: {
        "x-api-key": who.key,
        "content-type": "application/json",
        "content-length": String(33 * 1_048_576),
      },
      body: "{}",
    }),
  );
  expect([response.status, await response.json()]).toMatchObject([
    413,
    { type: "error", error: { type: "request_too_large" } },
  ]);
});
