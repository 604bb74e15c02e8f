import { exports } from "cloudflare:workers";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { describe, expect, it } from "vitest";
import { fakeNetwork } from "../support/fake-network.ts";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";
import { waitForSettlement } from "./support/messages.ts";

const { frame, finishes, says, done } = upstreamFrames;
const throughWorker: typeof fetch = (input, init) =>
  exports.default.fetch(new Request(input, init));

const PROVIDERS = {
  "@ai-sdk/anthropic": ({ key }: FundedUser) =>
    createAnthropic({
      apiKey: key,
      baseURL: "http://farebox.test/v1",
      fetch: throughWorker,
    })("large"),
  "@openrouter/ai-sdk-provider": ({ key }: FundedUser) =>
    createOpenRouter({
      apiKey: key,
      baseURL: "http://farebox.test/v1",
      fetch: throughWorker,
    })("large", { usage: { include: true } }),
};

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const COST = 100 * 30 + 20 * 150;
const ARGUMENTS = '{"place":"Cairo"}';

/** Stands in a model that calls a tool first, and replies to its result; whole and streamed. */
function standInToolCaller(): Record<string, unknown>[] {
  const sent: Record<string, unknown>[] = [];
  const headers = { "content-type": "text/event-stream" };
  fakeNetwork.standIn("model.test", async (request) => {
    const body = await request.json<Record<string, unknown>>();
    sent.push(body);
    const call = (more: object) => ({ ...more, id: "call_1", type: "function" });
    const calls = (index: object) => [
      call({ ...index, function: { name: "weather", arguments: ARGUMENTS } }),
    ];
    const first = sent.length === 1;
    const reason = first ? "tool_calls" : "stop";
    if (body["stream"] !== true) {
      const message = first ? { content: null, tool_calls: calls({}) } : { content: "Sunny." };
      const choice = { index: 0, message: { role: "assistant", ...message } };
      return Response.json({ choices: [{ ...choice, finish_reason: reason }], usage: USAGE });
    }
    const delta = { choices: [{ index: 0, delta: { tool_calls: calls({ index: 0 }) } }] };
    const frames = [
      first ? frame(delta) : says("Sunny."),
      finishes(reason),
      frame({ choices: [], usage: USAGE }),
      done,
    ];
    return new Response(frames.join(""), { headers });
  });
  return sent;
}

const tools = {
  weather: tool({
    description: "Returns the weather of a place.",
    inputSchema: jsonSchema<{ place: string }>({
      type: "object",
      properties: { place: { type: "string" } },
      required: ["place"],
    }),
    execute: ({ place }) => `Sunny in ${place}`,
  }),
};
const asked = {
  prompt: "What is the weather in Cairo?",
  tools,
  maxOutputTokens: 100,
  maxRetries: 0,
};

describe.each(Object.entries(PROVIDERS))("the ai package with %s", (_name, provide) => {
  it("calls a tool and replies, charged to the microcredit", async () => {
    const sent = standInToolCaller();
    const who = await signUpFundedUser(1);
    const { text, steps } = await generateText({
      model: provide(who),
      stopWhen: stepCountIs(2),
      ...asked,
    });
    expect(text).toBe("Sunny.");
    expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: { place: "Cairo" } }]);
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(steps[1]?.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    expect(JSON.stringify(sent[1]?.["messages"])).toContain("Sunny in Cairo");
    expect((await waitForSettlement(who)).charged).toEqual([COST, COST]);
  });

  it("does the same in streams", async () => {
    standInToolCaller();
    const who = await signUpFundedUser(1);
    const stream = streamText({ model: provide(who), stopWhen: stepCountIs(2), ...asked });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    expect(text).toBe("Sunny.");
    const steps = await stream.steps;
    expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: { place: "Cairo" } }]);
    expect(steps[1]?.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    expect((await waitForSettlement(who)).charged).toEqual([COST, COST]);
  });

  it("learns of a stream that breaks off", async () => {
    stubUpstreamStream(says("Hello"));
    const who = await signUpFundedUser(1);
    const errors: unknown[] = [];
    const { fullStream } = streamText({
      model: provide(who),
      prompt: "Hi",
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    for await (const _ of fullStream);
    expect(errors).toHaveLength(1);
    expect((await waitForSettlement(who)).charged).toHaveLength(1);
  });
});

it("the ai package with @ai-sdk/anthropic shows thoughts, and sends them back", async () => {
  const sent: string[] = [];
  fakeNetwork.standIn("model.test", async (request) => {
    sent.push(await request.text());
    const message = { role: "assistant", reasoning_content: "Well.", content: "Hello" };
    return Response.json({ choices: [{ message, finish_reason: "stop" }], usage: USAGE });
  });
  const who = await signUpFundedUser(1);
  const model = PROVIDERS["@ai-sdk/anthropic"](who);
  const first = await generateText({ model, prompt: "Hi", maxRetries: 0 });
  expect(first.reasoningText).toBe("Well.");
  await generateText({
    model,
    maxRetries: 0,
    messages: [
      { role: "user", content: "Hi" },
      ...first.response.messages,
      { role: "user", content: "Go on" },
    ],
  });
  expect(JSON.parse(sent[1] ?? "").messages[1]).toEqual({
    role: "assistant",
    content: "Hello",
    reasoning_content: "Well.",
  });
});
