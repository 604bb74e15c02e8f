import { describe, expect, it } from "vitest";
import { parseChatRequest } from "../../src/chat/request.ts";
import { call } from "../support/call.ts";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey } from "../support/sign-up.ts";

const NOTHING_CHARGED = { postedMicrocredits: 1e6, heldMicrocredits: 0, charged: [] };
const errorOf = async (response: Response) => ({
  status: response.status,
  ...(await response.json<{ error: object }>()).error,
});

describe("an invalid request", () => {
  it.each<[string, string, string | null]>([
    ["malformed JSON", "{", null],
    ["nothing", "", null],
    ["no object", "[]", null],
    [
      "NaN, which JSON does not have",
      '{"model":"large","messages":[{"role":"user","content":"x"}],"max_tokens":NaN}',
      null,
    ],
    ["no model", '{"messages":[{"role":"user","content":"x"}]}', "model"],
    ["a model that is no text", '{"model":7,"messages":[{"role":"user","content":"x"}]}', "model"],
    ["no messages", '{"model":"large"}', "messages"],
    ["an empty conversation", '{"model":"large","messages":[]}', "messages"],
    [
      "a message without a role",
      '{"model":"large","messages":[{"content":"x"}]}',
      "messages.0.role",
    ],
    [
      "invalid UTF-8 made of a lone surrogate's escape",
      '{"model":"large","messages":[{"role":"user","content":"x"}],"n":"\\ud800"}',
      "n",
    ],
  ])("is refused before anything is held: %s", async (_name, text, param) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const response = await call("POST", "/v1/chat/completions", {
      token: who.key,
      body: text,
      headers: { "content-type": "application/json" },
    });
    expect(await errorOf(response)).toMatchObject({ status: 400, code: "invalid_request", param });
    expect(model.calls).toHaveLength(0);
    expect(await readAccountTotals(who)).toMatchObject(NOTHING_CHARGED);
  });

  it.each<[string, unknown]>([
    ["max_tokens", -1],
    ["max_tokens", 0],
    ["max_tokens", 1e308],
    ["max_tokens", 1.5],
    ["max_tokens", "5"],
    ["max_completion_tokens", -1],
    ["max_completion_tokens", "5"],
    ["n", 0],
    ["n", 129],
    ["n", 1.5],
    ["n", "2"],
    ["stream", "yes"],
    ["stream_options", "usage"],
  ])("is refused by the name of its field: %s %j", async (field, value) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    expect(await errorOf(await sendChat(who, chatBody({ [field]: value })))).toMatchObject({
      status: 400,
      code: "invalid_request",
      param: field,
    });
    expect(model.calls).toHaveLength(0);
  });

  it("is refused where its bytes are not UTF-8", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(chatBody()));
    expect(parseChatRequest(bytes)).toMatchObject({ ok: true });
    bytes[bytes.indexOf(0x53)] = 0xff;
    expect(parseChatRequest(bytes)).toMatchObject({
      ok: false,
      failure: { code: "invalid_request" },
    });
  });

  it.each<[string, object]>([
    ["in a field of its own", { metadata: "@@" }],
    ["in a tool", { tools: [{ type: "function", function: { name: "f", parameters: "@@" } }] }],
    ["in a message", { messages: [{ role: "user", content: "x", annotations: "@@" }] }],
  ])("is refused where it is nested too deeply to be measured, %s", async (_where, more) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    const send = (levels: number) =>
      call("POST", "/v1/chat/completions", {
        token: who.key,
        body: JSON.stringify(chatBody({ ...more, stream: true })).replace('"@@"', nested(levels)),
      });
    expect(await errorOf(await send(4000))).toMatchObject({
      status: 400,
      code: "invalid_request",
      param: null,
    });
    expect(model.calls).toHaveLength(0);
    expect(await readAccountTotals(who)).toMatchObject(NOTHING_CHARGED);
    expect((await send(90)).status).not.toBe(400);
  });

  it("does not count brackets in its texts as nesting", () => {
    const parseMessage = (content: string) =>
      parseChatRequest(
        new TextEncoder().encode(
          JSON.stringify(chatBody({ messages: [{ role: "user", content }] })),
        ),
      );
    expect(parseMessage("[".repeat(5000))).toMatchObject({ ok: true });
    expect(parseMessage(`\\"${"{".repeat(5000)}`)).toMatchObject({ ok: true });
    expect(parseMessage(`${"\\".repeat(3)}${"[".repeat(5000)}`)).toMatchObject({ ok: true });
  });

  it("is 415 without the type of JSON, and 413 above the limit, on every route", async () => {
    const who = await signUpFundedUser(1);
    const text = await call("POST", "/v1/chat/completions", {
      token: who.key,
      body: "x=1",
      headers: { "content-type": "text/plain" },
    });
    expect(await errorOf(text)).toMatchObject({ status: 415, code: "unsupported_media_type" });
    const large = chatBody({ messages: [{ role: "user", content: "x".repeat(10 * 1_048_576) }] });
    expect(await errorOf(await sendChat(who, large))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
    const register = await call("POST", "/api/auth/register", {
      body: { email: "x".repeat(2 * 1_048_576) },
    });
    expect(await errorOf(register)).toMatchObject({ status: 413, code: "body_too_large" });
  });
});

describe("a request that cannot be served", () => {
  it("for a model that does not exist is 404", async () => {
    const who = await signUpFundedUser(1);
    expect(await errorOf(await sendChat(who, chatBody({ model: "gpt-9" })))).toMatchObject({
      status: 404,
      code: "model_not_found",
      param: "model",
    });
  });

  it("without a valid credential is 401, and says why", async () => {
    const who = await signUpFundedUser(1);
    expect(
      await errorOf(await call("POST", "/v1/chat/completions", { body: chatBody() })),
    ).toMatchObject({
      status: 401,
      code: "invalid_token",
    });
    const forged = `${who.key.slice(0, -1)}${who.key.endsWith("0") ? "1" : "0"}`;
    expect(await errorOf(await sendChat({ key: forged }))).toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
  });

  it("by a key without the scope is 403", async () => {
    const who = await signUpFundedUser(1);
    const key = await createKey(who, { scopes: ["read"] });
    expect(await errorOf(await sendChat({ key }))).toMatchObject({
      status: 403,
      code: "missing_scope",
    });
  });

  it("that no allowance or credit pays is 402, and says what unlocks it", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(0);
    expect(await errorOf(await sendChat(who))).toMatchObject({
      status: 402,
      type: "insufficient_quota",
      code: "insufficient_quota",
      meter: null,
      available: 0,
      upgradeUrl: "http://farebox.test/pricing",
      // Most programs show the message, and nothing else.
      message: expect.stringMatching(/ More: http:\/\/farebox\.test\/pricing$/),
    });
    expect(model.calls).toHaveLength(0);
  });

  it("with 100 choices holds for all of them: 402 where one could be paid", async () => {
    standInModel();
    const who = await signUpFundedUser(50);
    expect((await sendChat(who, chatBody({ model: "exact", max_tokens: 1, n: 100 }))).status).toBe(
      402,
    );
    expect((await sendChat(who, chatBody({ model: "exact", max_tokens: 1, n: 50 }))).status).toBe(
      200,
    );
    expect(await readAccountTotals(who)).toMatchObject({ postedMicrocredits: 0 });
  });

  it("above the rate limit is 429, and says when to retry", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const entitlement = {
      planId: "pln_slow",
      planVersion: 1,
      allowances: {},
      models: null,
      features: [],
      requestsPerMinute: 1,
    };
    await who.account.setEntitlement({ entitlement });
    const replies = [await sendChat(who), await sendChat(who), await sendChat(who)];
    const refused = replies.findLast(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
    expect(refused?.headers.get("x-ratelimit-limit-requests")).toBe("1");
    expect(refused?.headers.get("x-ratelimit-remaining-requests")).toBe("0");
  });
});

describe("a picture in the prompt", () => {
  it("holds the most that a picture takes, not the model's whole context", async () => {
    standInModel();
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "https://example.com/cat.png", detail: "low" } },
    ];
    const chat = chatBody({ messages: [{ role: "user", content }], max_tokens: 10 });
    // 16,384 tokens at 30 microcredits each are half a credit; a context would be three.
    expect((await sendChat(await signUpFundedUser(0.4), chat)).status).toBe(402);
    expect((await sendChat(await signUpFundedUser(0.6), chat)).status).toBe(200);
  });
});

describe("the hold of a chat", () => {
  it("is never more than the model's context for a prompt that fits, nor of output", async () => {
    const model = standInModel();
    // A prompt of 140,000 bytes could be as many tokens, which are 4.2 credits; the context is
    // 100,000, and one of output.
    const who = await signUpFundedUser(3.001);
    const long = chatBody({
      messages: [{ role: "user", content: "x ".repeat(70_000) }],
      max_tokens: 1,
    });
    model.next({ outputTokens: 1 });
    expect((await sendChat(who, long)).status).toBe(200);
    const rich = await signUpFundedUser(5000);
    await sendChat(rich, chatBody({ model: "exact", max_tokens: 100_000 }));
    expect(JSON.parse(model.calls[1]?.rawBody ?? "null")).toMatchObject({
      max_completion_tokens: 1000,
    });
  });
});

describe("an upstream that does not serve", () => {
  it.each<[object, number, string]>([
    [{ status: 400 }, 400, "invalid_request"],
    [{ status: 401 }, 502, "upstream_error"],
    [{ status: 404 }, 502, "upstream_error"],
    [{ status: 429, retryAfterSeconds: 7 }, 429, "rate_limit_exceeded"],
    [{ status: 500 }, 502, "upstream_error"],
    [{ status: 503 }, 502, "upstream_error"],
    [{ instead: "drop" }, 502, "upstream_error"],
    [{ instead: "garbage" }, 502, "upstream_error"],
    [{ instead: "html" }, 502, "upstream_error"],
    [{ instead: "empty" }, 502, "upstream_error"],
  ])("costs nothing, streamed or not: %j", async (behaviour, status, code) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    for (const stream of [false, true]) {
      model.next(behaviour);
      const response = await sendChat(who, chatBody({ stream }));
      expect([stream, await errorOf(response)]).toMatchObject([stream, { status, code }]);
      if (status === 429) expect(response.headers.get("retry-after")).toBe("7");
      const shown = JSON.stringify([...response.headers]);
      expect(shown).not.toContain("upstream-key");
    }
    expect(model.calls).toHaveLength(2);
    expect(await readAccountTotals(who)).toMatchObject(NOTHING_CHARGED);
  });

  it("that redirects is not followed: the key goes to one place", async () => {
    const who = await signUpFundedUser(1);
    const { fakeNetwork: outside } = await import("../support/fake-network.ts");
    outside.standIn("model.test", () =>
      Response.redirect("http://elsewhere.test/v1/chat/completions", 307),
    );
    expect(await errorOf(await sendChat(who))).toMatchObject({
      status: 502,
      code: "upstream_error",
    });
    expect(await readAccountTotals(who)).toMatchObject(NOTHING_CHARGED);
  });
});

const usage = (prompt: unknown, completion: unknown) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion },
});

describe("usage that cannot be believed", () => {
  it.each<[string, object]>([
    ["none", { usage: null }],
    ["zero", usage(0, 0)],
    ["negative", usage(-10, -20)],
    ["10^12", usage(1e12, 1e12)],
    ["fractions", usage(10.5, 20.25)],
    ["texts", usage("10", "20")],
    ["no output where there was text", usage(10, 0)],
  ])("is replaced by an estimate of what was served: %s", async (_name, behaviour) => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    for (const stream of [false, true]) {
      model.next({ ...behaviour, outputTokens: 20 });
      const text = await (await sendChat(who, chatBody({ stream }))).text();
      expect(text).toContain("choices");
    }
    const { captures, charged, heldMicrocredits } = await readAccountTotals(who);
    expect(captures.map(({ entry }) => entry)).toMatchObject([
      { estimated: true },
      { estimated: true },
    ]);
    for (const cost of charged) {
      expect(cost).toBeGreaterThan(0);
      // The prompt's bound is its bytes and the overhead; the output's is the cap.
      expect(cost).toBeLessThanOrEqual(300 * 30 + 100 * 150);
    }
    expect(heldMicrocredits).toBe(0);
  });
});
