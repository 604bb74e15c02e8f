import { createOpenAI } from "@ai-sdk/openai";
import { tool as langchainTool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { Agent, tool as agentTool, OpenAIProvider, Runner } from "@openai/agents";
import { generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { counted, functionCall, scriptReplies } from "../support/scripted-replies.ts";
import { clientOptions, expectCharged } from "../support/surface.ts";

const CALL = {
  message: { content: null, tool_calls: [functionCall("weather", "call_a", '{"city":"Rome"}')] },
  finish: "tool_calls",
  usage: counted(50, 30),
};
const SUNNY = {
  message: { content: "It is sunny in Rome." },
  finish: "stop",
  usage: counted(80, 10, { prompt_tokens_details: { cached_tokens: 40 } }),
};
const CALL_COST = 6000;
const SUNNY_COST = 3900;

const QUESTION = "How is the weather in Rome?";
const parameters = z.object({ city: z.string() });

let user: FundedUser;
beforeEach(async () => {
  user = await signUpFundedUser(10);
});

/** What the vendor gets after the tool has run, whichever client it is. */
const AFTER_THE_TOOL = expect.arrayContaining([
  expect.objectContaining({
    role: "assistant",
    tool_calls: [expect.objectContaining({ id: "call_a", type: "function" })],
  }),
  expect.objectContaining({ role: "tool", tool_call_id: "call_a" }),
]);

describe("openai", () => {
  const weather = {
    type: "function" as const,
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
    strict: false,
  };

  it("creates responses with a tool, whole and streamed", async () => {
    const requests = scriptReplies(CALL, SUNNY, CALL, SUNNY);
    const openai = new OpenAI(clientOptions(user));
    const ask = { model: "large", tools: [weather] };

    const first = await openai.responses.create({ ...ask, input: QUESTION });
    const [call] = first.output;
    if (call?.type !== "function_call") throw new Error("no call");
    const result = { type: "function_call_output" as const, call_id: call.call_id, output: "Sun" };
    const question = { role: "user" as const, content: QUESTION };
    const input = [question, call, result];
    const second = await openai.responses.create({ ...ask, input });
    expect(second.output_text).toBe("It is sunny in Rome.");
    expect(requests[1]?.["messages"]).toEqual(AFTER_THE_TOOL);

    const stream = openai.responses.stream({ ...ask, input: QUESTION });
    const seen: string[] = [];
    for await (const { type } of stream) seen.push(type);
    expect(seen).toContain("response.function_call_arguments.delta");
    const streamed = await stream.finalResponse();
    const [again] = streamed.output;
    if (again?.type !== "function_call") throw new Error("no call");
    expect(again.name).toBe("weather");
    const { parsed_arguments: _, ...repeated } = again;
    const last = openai.responses.stream({ ...ask, input: [question, repeated, result] });
    expect((await last.finalResponse()).output_text).toBe("It is sunny in Rome.");
    await expectCharged(user, SUNNY_COST, CALL_COST, SUNNY_COST, CALL_COST);
  });

  it("parses what has a schema", async () => {
    const requests = scriptReplies({ ...SUNNY, message: { content: '{"city":"Rome"}' } });
    const openai = new OpenAI(clientOptions(user));
    const { zodTextFormat } = await import("openai/helpers/zod");
    const parsed = await openai.responses.parse({
      model: "large",
      input: QUESTION,
      text: { format: zodTextFormat(parameters, "place") },
    });
    expect(parsed.output_parsed).toEqual({ city: "Rome" });
    expect(requests[0]?.["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { name: "place", strict: true, schema: { type: "object" } },
    });
    await expectCharged(user, SUNNY_COST);
  });

  it("creates legacy completions, whole and streamed", async () => {
    scriptReplies(SUNNY);
    const openai = new OpenAI(clientOptions(user));
    const whole = await openai.completions.create({ model: "large", prompt: QUESTION });
    expect(whole.choices[0]?.text).toBe("It is sunny in Rome.");
    let text = "";
    for await (const chunk of await openai.completions.create({
      model: "large",
      prompt: QUESTION,
      stream: true,
    }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("It is sunny in Rome.");
    await expectCharged(user, SUNNY_COST, SUNNY_COST);
  });

  it("raises the error of a refused request", async () => {
    const openai = new OpenAI({ ...clientOptions(user), maxRetries: 0 });
    await expect(
      openai.responses.create({ model: "large", input: "Hi", previous_response_id: "resp_1" }),
    ).rejects.toMatchObject({ status: 400, param: "previous_response_id" });
    await expect(openai.responses.retrieve("resp_1")).rejects.toMatchObject({ status: 404 });
  });
});

describe("@openai/agents as it comes", () => {
  const agent = new Agent({
    name: "Forecaster",
    instructions: "Use the tool.",
    model: "large",
    tools: [
      agentTool({
        name: "weather",
        description: "The weather of a city.",
        parameters,
        execute: ({ city }) => `Sun in ${city}`,
      }),
    ],
  });
  const run = async (stream: boolean) => {
    const openAIClient = new OpenAI(clientOptions(user));
    const runner = new Runner({
      modelProvider: new OpenAIProvider({ openAIClient }),
      tracingDisabled: true,
    });
    if (!stream) return (await runner.run(agent, QUESTION)).finalOutput;
    const streamed = await runner.run(agent, QUESTION, { stream: true });
    await streamed.completed;
    return streamed.finalOutput;
  };

  it.each([false, true])("runs an agent with a tool: streamed %s", async (stream) => {
    const requests = scriptReplies(CALL, SUNNY);
    expect(await run(stream)).toBe("It is sunny in Rome.");
    expect(requests[1]?.["messages"]).toEqual(AFTER_THE_TOOL);
    await expectCharged(user, SUNNY_COST, CALL_COST);
  });
});

describe("ai with the default model of @ai-sdk/openai", () => {
  const tools = {
    weather: tool({ inputSchema: parameters, execute: ({ city }) => `Sun in ${city}` }),
  };
  const ask = () => ({
    model: createOpenAI(clientOptions(user))("large"),
    prompt: QUESTION,
    tools,
    stopWhen: stepCountIs(3),
  });

  it("generates text by a tool in steps", async () => {
    const requests = scriptReplies(CALL, SUNNY);
    const { text, totalUsage } = await generateText(ask());
    expect(text).toBe("It is sunny in Rome.");
    expect(totalUsage).toMatchObject({ inputTokens: 130, outputTokens: 40 });
    expect(requests[1]?.["messages"]).toEqual(AFTER_THE_TOOL);
    await expectCharged(user, SUNNY_COST, CALL_COST);
  });

  it("streams text by a tool in steps", async () => {
    const requests = scriptReplies(CALL, SUNNY);
    const { textStream } = streamText(ask());
    let text = "";
    for await (const piece of textStream) text += piece;
    expect(text).toBe("It is sunny in Rome.");
    expect(requests).toHaveLength(2);
    await expectCharged(user, SUNNY_COST, CALL_COST);
  });

  it("shows what the model thinks, and goes on with what was sealed", async () => {
    const requests = scriptReplies(
      {
        ...CALL,
        message: {
          reasoning_details: [{ type: "reasoning.text", text: "Look it up", signature: "c2ln" }],
          reasoning: "Look it up",
          ...CALL.message,
        },
      },
      SUNNY,
    );
    const openai = { store: false };
    const { steps } = await generateText({ ...ask(), providerOptions: { openai } });
    expect(steps[0]?.reasoningText).toBe("Look it up");
    expect(requests[1]?.["messages"]).toContainEqual(
      expect.objectContaining({
        role: "assistant",
        reasoning_details: [{ type: "reasoning.text", text: "Look it up", signature: "c2ln" }],
        tool_calls: [expect.objectContaining({ id: "call_a" })],
      }),
    );
  });

  it("is told what to do where it only refers to what was said before", async () => {
    scriptReplies(SUNNY);
    const model = createOpenAI(clientOptions(user))("large");
    const { response } = await generateText({ model, prompt: QUESTION, maxRetries: 0 });
    const messages = [
      { role: "user" as const, content: QUESTION },
      ...response.messages,
      { role: "user" as const, content: "And tomorrow?" },
    ];
    await expect(generateText({ model, messages, maxRetries: 0 })).rejects.toThrow(/store: false/);
    const providerOptions = { openai: { store: false } };
    const again = await generateText({ model, messages, providerOptions, maxRetries: 0 });
    expect(again.text).toBe("It is sunny in Rome.");
  });
});

describe("@langchain/openai with useResponsesApi", () => {
  const chat = () => {
    const { apiKey, baseURL, fetch } = clientOptions(user);
    return new ChatOpenAI({
      model: "large",
      useResponsesApi: true,
      apiKey,
      configuration: { baseURL, fetch },
    });
  };
  const weather = langchainTool(({ city }) => `Sun in ${city}`, {
    name: "weather",
    description: "The weather of a city.",
    schema: parameters,
  });

  it("invokes and streams, with a tool", async () => {
    const requests = scriptReplies(CALL, SUNNY, SUNNY);
    const model = chat().bindTools([weather]);
    const called = await model.invoke(QUESTION);
    expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Rome" } }]);
    const [call] = called.tool_calls ?? [];
    if (call === undefined) throw new Error("no call");
    const result = await weather.invoke({ ...call, type: "tool_call" });
    const answer = await model.invoke([["user", QUESTION], called, result]);
    expect(answer.text).toBe("It is sunny in Rome.");
    expect(requests[1]?.["messages"]).toEqual(AFTER_THE_TOOL);
    let text = "";
    for await (const chunk of await chat().stream(QUESTION)) text += chunk.text;
    expect(text).toBe("It is sunny in Rome.");
    await expectCharged(user, SUNNY_COST, SUNNY_COST, CALL_COST);
  });
});
