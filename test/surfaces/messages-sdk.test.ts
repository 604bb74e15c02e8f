import { exports } from "cloudflare:workers";
import Anthropic, {
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PaymentRequiredError,
} from "@anthropic-ai/sdk";
import { describe, expect, it, vi } from "vitest";
import { type FundedUser, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const { frame, says, finishes, done } = upstreamFrames;

const clientOf = (who: Pick<FundedUser, "key">) =>
  new Anthropic({
    apiKey: who.key,
    baseURL: "http://farebox.test",
    maxRetries: 0,
    fetch: (input, init) => exports.default.fetch(new Request(input, init)),
  });

const hello = {
  model: "large",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "Where does this train go?" }],
};

/** Waits until the hold is settled, and returns what was charged. */
async function readCharges(who: FundedUser): Promise<readonly number[]> {
  return await vi.waitFor(async () => {
    const totals = await readAccountTotals(who);
    expect(totals.heldMicrocredits).toBe(0);
    return totals.charged;
  });
}

const weather = {
  name: "get_weather",
  description: "Returns the weather of a place.",
  input_schema: { type: "object" as const, properties: { place: { type: "string" } } },
};
const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

describe("the @anthropic-ai/sdk package, given a base URL and a key and nothing else", () => {
  it("creates a message, charged to the microcredit", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { data, response } = await clientOf(who).messages.create(hello).withResponse();
    expect(data).toMatchObject({
      type: "message",
      role: "assistant",
      model: "large",
      stop_reason: "end_turn",
      content: [{ type: "text", text: expect.stringContaining("Where does this train go?") }],
    });
    expect(data.id).toMatch(/^msg_[0-9a-f]+$/);
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    const { input_tokens, output_tokens } = data.usage;
    const cost = input_tokens * 30 + output_tokens * 150;
    expect(response.headers.get("x-farebox-cost")).toBe(String(cost / 1e6));
    expect(data.usage).toMatchObject({ cost: cost / 1e6 });
    expect(await readCharges(who)).toEqual([cost]);
  });

  it("streams a message, and gets its usage with the last event", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const stream = clientOf(who).messages.stream(hello);
    const texts: string[] = [];
    stream.on("text", (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts.length).toBeGreaterThan(5);
    expect(message).toMatchObject({
      stop_reason: "end_turn",
      content: [{ type: "text", text: texts.join("") }],
    });
    const { input_tokens, output_tokens } = message.usage;
    expect(await readCharges(who)).toEqual([input_tokens * 30 + output_tokens * 150]);
  });

  it("calls a tool, whole and streamed, and sends its result back", async () => {
    const who = await signUpFundedUser(1);
    const client = clientOf(who);
    const asked = { ...hello, tools: [weather] };
    const call = (input: string, more: object = {}) => ({
      tool_calls: [{ index: 0, ...more, function: { ...more, arguments: input } }],
    });
    stubUpstreamJson({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [
              {
                id: "call_1",
                type: "function",
                function: { name: "get_weather", arguments: '{"place":"Cairo"}' },
              },
            ],
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: USAGE,
    });
    const whole = await client.messages.create(asked);
    expect(whole.stop_reason).toBe("tool_use");
    expect(whole.content).toEqual([
      expect.objectContaining({
        type: "tool_use",
        id: "call_1",
        name: "get_weather",
        input: { place: "Cairo" },
      }),
    ]);
    stubUpstreamStream(
      frame({ choices: [{ index: 0, delta: call("", { id: "call_2", name: "get_weather" }) }] }),
      frame({ choices: [{ index: 0, delta: call('{"place"') }] }),
      frame({ choices: [{ index: 0, delta: call(':"Cairo"}') }] }),
      finishes("tool_calls", { usage: USAGE }),
      done,
    );
    const streamed = await client.messages.stream(asked).finalMessage();
    expect(streamed.content).toEqual([
      expect.objectContaining({ type: "tool_use", id: "call_2", input: { place: "Cairo" } }),
    ]);
    const model = standInModel();
    await client.messages.create({
      ...asked,
      messages: [
        ...asked.messages,
        { role: "assistant", content: streamed.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "call_2", content: "Sunny" }],
        },
      ],
    });
    expect(JSON.parse(model.calls[0]?.rawBody ?? "").messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_2",
            type: "function",
            function: { name: "get_weather", arguments: '{"place":"Cairo"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "call_2", content: "Sunny" },
    ]);
    const charges = await readCharges(who);
    expect(charges.slice(1)).toEqual([6000, 6000]);
  });

  it("throws when a reply breaks off, which is charged once", async () => {
    const who = await signUpFundedUser(1);
    stubUpstreamStream(says("Hello"), says(" there"));
    const stream = await clientOf(who).messages.create({ ...hello, stream: true });
    const types: string[] = [];
    await expect(
      (async () => {
        for await (const { type } of stream) types.push(type);
      })(),
    ).rejects.toThrow("cut this reply short");
    expect(types).not.toContain("message_stop");
    expect(await readCharges(who)).toHaveLength(1);
  });

  it("raises its own errors", async () => {
    const who = await signUpFundedUser(0);
    const client = clientOf(who);
    await expect(client.messages.create(hello)).rejects.toThrow(PaymentRequiredError);
    await expect(client.messages.create({ ...hello, model: "none" })).rejects.toThrow(
      NotFoundError,
    );
    await expect(client.messages.create({ ...hello, max_tokens: 0 })).rejects.toThrow(
      BadRequestError,
    );
    await expect(clientOf({ key: "sk_x" }).messages.create(hello)).rejects.toThrow(
      AuthenticationError,
    );
    await expect(client.messages.batches.list()).rejects.toMatchObject({
      status: 404,
      type: "not_found_error",
    });
    await expect(client.files.list()).rejects.toMatchObject({
      status: 404,
      type: "not_found_error",
    });
  });

  it("lists the models, and finds one", async () => {
    const client = clientOf(await signUpFundedUser(0));
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(["exact", "large"]));
    expect(await client.models.retrieve("large")).toMatchObject({
      type: "model",
      id: "large",
      display_name: "large",
      max_input_tokens: 100_000,
      max_tokens: 16_000,
    });
    await expect(client.models.retrieve("none")).rejects.toThrow(NotFoundError);
  });

  it("counts tokens", async () => {
    const who = await signUpFundedUser(0);
    const { max_tokens: _, ...prompt } = hello;
    const { input_tokens } = await clientOf(who).messages.countTokens(prompt);
    expect(input_tokens).toBeGreaterThanOrEqual(6);
    expect(input_tokens).toBeLessThan(100);
  });
});
