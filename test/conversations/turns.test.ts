import { describe, expect, it } from "vitest";
import { z } from "zod";
import { call } from "../support/call.ts";
import {
  listMessages,
  parseStreamedReply,
  sendMessage,
  takeTurn,
} from "../support/conversation.ts";
import { readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey } from "../support/sign-up.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const upstreamBody = z.object({
  model: z.string(),
  max_completion_tokens: z.number(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});
const upstreamRequest = (model: ReturnType<typeof standInModel>, nth: number) =>
  upstreamBody.parse(JSON.parse(model.calls[nth]?.rawBody ?? ""));

describe("a turn", () => {
  it("creates a conversation, stores both sides, and is charged like any chat", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const turn = await takeTurn(who, { message: "Hello there.\nHow are you?" });
    expect(turn.cost).toBeGreaterThan(0);
    const { input, output } = { input: turn.usage.inputTokens, output: turn.usage.outputTokens };
    expect(await readAccountTotals(who)).toMatchObject({
      heldMicrocredits: 0,
      charged: [input * 30 + output * 150],
    });
    expect(turn.cost).toBe((input * 30 + output * 150) / 1_000_000);
    expect(await listMessages(who, turn.conversationId)).toEqual([turn.userMessage, turn.message]);
    expect(turn.userMessage).toMatchObject({
      role: "user",
      content: "Hello there.\nHow are you?",
      status: "complete",
      cost: null,
    });
    expect(turn.message).toMatchObject({
      role: "assistant",
      status: "complete",
      model: "large",
      cost: turn.cost,
    });
    const conversation = await (
      await call("GET", `/api/conversations/${turn.conversationId}`, { token: who.token })
    ).json();
    expect(conversation).toMatchObject({
      title: "Hello there. How are you?",
      model: "large",
      agentId: null,
    });
  });

  it("shows the model the earlier messages, in order", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const first = await takeTurn(who, { message: "One." });
    const { conversationId } = first;
    const second = await takeTurn(who, { conversationId, message: "Two." });
    await takeTurn(who, { conversationId, message: "Three." });
    expect(upstreamRequest(model, 2).messages).toEqual([
      { role: "user", content: "One." },
      { role: "assistant", content: first.message.content },
      { role: "user", content: "Two." },
      { role: "assistant", content: second.message.content },
      { role: "user", content: "Three." },
    ]);
  });

  it("streams what a model thinks before it replies, and does not store it", async () => {
    const thinks = (delta: object) =>
      upstreamFrames.frame({ choices: [{ index: 0, delta, finish_reason: null }] });
    stubUpstreamStream(
      thinks({ reasoning: "Well, " }),
      thinks({ reasoning_content: "so be it." }),
      upstreamFrames.says("Yes."),
      upstreamFrames.finishes("stop", { usage: { prompt_tokens: 5, completion_tokens: 9 } }),
      upstreamFrames.done,
    );
    const who = await signUpFundedUser(1);
    const text = await (await sendMessage(who, { message: "Is it so?", stream: true })).text();
    const thoughts = [...text.matchAll(/"delta":\{"reasoning":"([^"]*)"\}/g)].map(
      ([, piece]) => piece,
    );
    expect(thoughts).toEqual(["Well, ", "so be it."]);
    const { conversationId } = parseStreamedReply(text);
    const [, reply] = await listMessages(who, conversationId);
    expect(reply).toMatchObject({ content: "Yes.", usage: { outputTokens: 9 } });
  });

  it("streams OpenAI's chunks, and ends with the stored message, its usage and cost", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const response = await sendMessage(who, { message: "Hello.", stream: true });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reply = parseStreamedReply(await response.text());
    expect(reply).toMatchObject({ done: true, error: undefined });
    expect(reply.text).not.toBe("");
    expect(reply.message).toMatchObject({
      content: reply.text,
      status: "complete",
      cost: reply.cost,
    });
    expect(response.headers.get("x-farebox-conversation")).toBe(reply.conversationId);
    const messages = await listMessages(who, reply.conversationId);
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ["user", "Hello."],
      ["assistant", reply.text],
    ]);
    const box = await readAccountTotals(who);
    expect(box).toMatchObject({
      heldMicrocredits: 0,
      charged: [Math.round((reply.cost ?? 0) * 1_000_000)],
    });
  });

  it("leaves nothing stored where it cannot be paid", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(0);
    const refusal = await sendMessage(who, { message: "Hello." });
    expect(refusal.status).toBe(402);
    expect(await refusal.json()).toMatchObject({ error: { code: "insufficient_quota" } });
    expect(model.calls).toHaveLength(0);
    expect(
      await (await call("GET", "/api/conversations", { token: who.token })).json(),
    ).toMatchObject({ data: [] });
  });

  it("drops a message that cannot be paid from a conversation that goes on", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    expect(
      (await sendMessage(who, { conversationId, message: "Hello?", model: "exact" })).status,
    ).toBe(402);
    expect(await listMessages(who, conversationId)).toHaveLength(2);
  });

  it("keeps a message when the model fails, and leaves it out of the next prompt", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    model.next({ status: 500 });
    const failed = await sendMessage(who, { message: "First try." });
    expect(failed.status).toBe(502);
    const conversationId = failed.headers.get("x-farebox-conversation") ?? "";
    expect(await listMessages(who, conversationId)).toMatchObject([
      { role: "user", content: "First try.", status: "failed", error: "upstream_error" },
    ]);
    await takeTurn(who, { conversationId, message: "Second try." });
    expect(upstreamRequest(model, 1).messages).toEqual([{ role: "user", content: "Second try." }]);
    expect(await listMessages(who, conversationId)).toHaveLength(3);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("goes to the first model of the plan where none is named", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const response = await call("POST", "/api/chat", {
      token: who.token,
      body: { message: "Hello." },
    });
    expect(response.status).toBe(200);
    expect(upstreamRequest(model, 0).model).toBe("small");
  });

  it("shows the model the system prompt, first and every time", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const made = await call("POST", "/api/conversations", {
      token: who.token,
      body: { systemPrompt: "Speak like a pirate.", model: "large" },
    });
    expect(made.status).toBe(201);
    const { id } = await made.json<{ id: string }>();
    await takeTurn(who, { conversationId: id, message: "One." });
    await takeTurn(who, { conversationId: id, message: "Two." });
    for (const nth of [0, 1])
      expect(upstreamRequest(model, nth).messages[0]).toEqual({
        role: "system",
        content: "Speak like a pirate.",
      });
  });

  it("takes an API key that may chat, and not one that may only read", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    expect((await sendMessage({ token: who.key }, { message: "Hello." })).status).toBe(200);
    const reading = await createKey(who, { scopes: ["read"] });
    expect((await sendMessage({ token: reading }, { message: "Hello." })).status).toBe(403);
  });
});

describe("a history that is longer than the model's context", () => {
  it("loses its oldest turns first and keeps the system prompt and the new message", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(10_000);
    const systemPrompt = "Be brief.";
    const made = await call("POST", "/api/conversations", {
      token: who.token,
      body: { systemPrompt, model: "exact" },
    });
    const { id } = await made.json<{ id: string }>();
    const messages = Array.from({ length: 12 }, (_, n) => `Message ${n} ${"word ".repeat(60)}end.`);
    for (const message of messages) {
      model.next({ outputTokens: 5 });
      await takeTurn(who, { conversationId: id, message });
    }
    const last = upstreamRequest(model, 11);
    expect(last.messages[0]).toEqual({ role: "system", content: systemPrompt });
    const users = last.messages.filter(({ role }) => role === "user").map(({ content }) => content);
    expect(users.length).toBeGreaterThan(3);
    expect(users.length).toBeLessThan(12);
    expect(users).toEqual(messages.slice(-users.length));
    expect(last.messages[1]?.role).toBe("user");
  });

  it("refuses a message that alone is too long, and stores nothing", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(10_000);
    const refusal = await sendMessage(who, { message: "word ".repeat(1000), model: "exact" });
    expect(refusal.status).toBe(400);
    expect(await refusal.json()).toMatchObject({
      error: { code: "invalid_request", param: "message" },
    });
    expect(model.calls).toHaveLength(0);
  });
});

describe("a vendor's reply in an odd form", () => {
  const nested = `${"[".repeat(5000)}"deep"${"]".repeat(5000)}`;
  it.each<[string, string, unknown, string]>([
    [
      "a message that is a text",
      '{"message":"Hello"}',
      { prompt_tokens: 10, completion_tokens: 2 },
      "Hello",
    ],
    [
      "a message without content",
      '{"message":{"refusal":"No"}}',
      { prompt_tokens: 10, completion_tokens: 2 },
      "",
    ],
    [
      "usage of nulls",
      '{"message":{"content":""}}',
      { prompt_tokens: null, completion_tokens: null },
      "",
    ],
    ["no usage", '{"message":{"content":"Hello"}}', null, "Hello"],
    [
      "a message that is nested too deeply",
      `{"message":{"content":${nested}}}`,
      { prompt_tokens: 10, completion_tokens: 2 },
      "",
    ],
  ])("does not fail once it is paid: %s", async (_what, choice, usage, text) => {
    stubUpstreamJson(JSON.parse(`{"choices":[${choice}],"usage":${JSON.stringify(usage)}}`));
    const who = await signUpFundedUser(10);
    const response = await sendMessage(who, { message: "Hello." });
    expect(response.status).toBe(200);
    const { message, cost } = await response.json<{ message: object; cost: number }>();
    expect(message).toMatchObject({ content: text });
    const { charged } = await readAccountTotals(who);
    expect(charged.reduce((sum, one) => sum + one, 0)).toBe(Math.round(cost * 1_000_000));
  });

  it("is read to its end in a stream: its text and its finish reason", async () => {
    stubUpstreamStream(
      upstreamFrames.frame({ choices: [{ message: "Hel", finish_reason: 7 }] }),
      upstreamFrames.says("lo"),
      upstreamFrames.finishes("length"),
      upstreamFrames.done,
    );
    const stream = await (
      await sendMessage(await signUpFundedUser(10), { message: "Hello.", stream: true })
    ).text();
    expect(parseStreamedReply(stream)).toMatchObject({
      done: true,
      text: "Hello",
      message: { status: "complete" },
    });
    expect(stream).toContain('"finish_reason":"length"');
  });
});
