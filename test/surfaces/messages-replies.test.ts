import { describe, expect, it } from "vitest";
import { sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";
import {
  CACHED,
  messageBody,
  readEvents,
  type StreamEvent,
  sendMessage,
  signUpForCached,
  waitForSettlement,
} from "./support/messages.ts";

const { frame, done } = upstreamFrames;

/** One reply of a vendor: whole, and as the deltas of a stream. */
interface Reply {
  readonly message: object;
  readonly deltas: readonly object[];
  readonly finish: string;
  readonly usage?: object | undefined;
}

const call = (id: string, input: string) => ({
  id,
  type: "function",
  function: { name: "weather", arguments: input },
});
/** Pieces of two tool calls that come by turns. */
const byTurns = [
  { tool_calls: [{ index: 0, id: "a", function: { name: "weather", arguments: "" } }] },
  { tool_calls: [{ index: 1, id: "b", function: { name: "weather", arguments: "" } }] },
  { tool_calls: [{ index: 0, function: { arguments: '{"at":' } }] },
  { tool_calls: [{ index: 1, function: { arguments: '{"at":"Qena"' } }] },
  { tool_calls: [{ index: 0, function: { arguments: '"Cairo"}' } }] },
  { tool_calls: [{ index: 1, function: { arguments: "}" } }] },
];
const toolUse = (id: string, input: unknown) => ({
  type: "tool_use",
  id,
  name: "weather",
  input,
  caller: { type: "direct" },
});
const text = (said: string) => ({ type: "text", text: said, citations: null });

const counts = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});
const USAGE = counts(100, 20);
const SHOWN = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const COST = 100 * CACHED.input + 20 * CACHED.output;

/** What a client sees of it, and the microcredits that it is charged. */
interface Shown {
  readonly content: readonly object[];
  readonly stop: string;
  readonly usage?: object;
  readonly cost?: number;
}

const CASES: readonly (readonly [string, Reply, Shown])[] = [
  [
    "text",
    {
      message: { content: "Hello" },
      deltas: [{ content: "Hel" }, { content: "lo" }],
      finish: "stop",
    },
    { content: [text("Hello")], stop: "end_turn" },
  ],
  [
    "nothing",
    { message: { content: "" }, deltas: [{ content: "" }], finish: "stop" },
    { content: [], stop: "end_turn" },
  ],
  [
    "a reply at its limit",
    { message: { content: "Hel" }, deltas: [{ content: "Hel" }], finish: "length" },
    { content: [text("Hel")], stop: "max_tokens" },
  ],
  [
    "a tool call after text",
    {
      message: { content: "I look.", tool_calls: [call("a", '{"at":"Cairo"}')] },
      deltas: [
        { content: "I look." },
        { tool_calls: [{ index: 0, ...call("a", "") }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"at":"Cairo"}' } }] },
      ],
      finish: "tool_calls",
    },
    { content: [text("I look."), toolUse("a", { at: "Cairo" })], stop: "tool_use" },
  ],
  [
    "tool calls whose pieces come by turns, at a vendor that ends them by stop",
    {
      message: {
        content: null,
        tool_calls: [call("a", '{"at":"Cairo"}'), call("b", '{"at":"Qena"}')],
      },
      deltas: byTurns,
      finish: "stop",
    },
    { content: [toolUse("a", { at: "Cairo" }), toolUse("b", { at: "Qena" })], stop: "tool_use" },
  ],
  [
    "a tool call without input",
    {
      message: { content: null, tool_calls: [call("a", "")] },
      deltas: [{ tool_calls: [{ index: 0, ...call("a", "") }] }],
      finish: "tool_calls",
    },
    { content: [toolUse("a", {})], stop: "tool_use" },
  ],
  [
    "a tool call that was cut off",
    {
      message: { content: null, tool_calls: [call("a", '{"at":"Ca')] },
      deltas: [{ tool_calls: [{ index: 0, ...call("a", '{"at":"Ca') }] }],
      finish: "length",
    },
    { content: [toolUse("a", '{"at":"Ca')], stop: "max_tokens" },
  ],
  [
    "thoughts that their vendor seals",
    {
      message: {
        reasoning: "Well",
        reasoning_details: [
          { type: "reasoning.text", text: "Well", signature: "c2ln" },
          { type: "reasoning.encrypted", data: "ZGF0YQ" },
        ],
        content: "Hello",
      },
      deltas: [
        { reasoning: "We" },
        { reasoning: "ll" },
        { reasoning_details: [{ type: "reasoning.text", signature: "c2ln" }] },
        { reasoning_details: [{ type: "reasoning.encrypted", data: "ZGF0YQ" }] },
        { content: "Hello" },
      ],
      finish: "stop",
      usage: counts(100, 20, { completion_tokens_details: { reasoning_tokens: 15 } }),
    },
    {
      content: [
        { type: "thinking", thinking: "Well", signature: "c2ln" },
        { type: "redacted_thinking", data: "ZGF0YQ" },
        text("Hello"),
      ],
      stop: "end_turn",
      usage: { ...SHOWN, output_tokens_details: { thinking_tokens: 15 } },
    },
  ],
  [
    "thoughts as text",
    {
      message: { reasoning_content: "Well", content: "Hello" },
      deltas: [{ reasoning_content: "Well" }, { content: "Hello" }],
      finish: "stop",
    },
    {
      content: [{ type: "thinking", thinking: "Well", signature: "unsealed" }, text("Hello")],
      stop: "end_turn",
    },
  ],
  [
    "a refusal",
    { message: { content: null, refusal: "No." }, deltas: [{ refusal: "No." }], finish: "stop" },
    { content: [text("No.")], stop: "refusal" },
  ],
  [
    "what a filter stopped",
    { message: { content: "Hm" }, deltas: [{ content: "Hm" }], finish: "content_filter" },
    { content: [text("Hm")], stop: "refusal" },
  ],
  [
    "tokens that were read from a cache, and written to one",
    {
      message: { content: "Hello" },
      deltas: [{ content: "Hello" }],
      finish: "stop",
      usage: counts(100, 20, {
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      }),
    },
    {
      content: [text("Hello")],
      stop: "end_turn",
      usage: {
        input_tokens: 10,
        output_tokens: 20,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 30,
      },
      cost:
        10 * CACHED.input + 60 * CACHED.cachedInput + 30 * CACHED.cacheWrite + 20 * CACHED.output,
    },
  ],
];

/** Puts a message together from its events, as Anthropic's clients do. */
function collect(events: readonly StreamEvent[]) {
  const blocks: Record<string, unknown>[] = [];
  let inputs = "";
  for (const event of events) {
    if (event.type === "content_block_start") {
      expect(event["index"]).toBe(blocks.length);
      blocks.push({ ...Object(event["content_block"]) });
      inputs = "";
    }
    const block = blocks.at(-1) ?? {};
    const delta = Object(event["delta"]);
    if (event.type === "content_block_delta") {
      expect(event["index"]).toBe(blocks.length - 1);
      for (const field of ["text", "thinking", "signature"])
        if (field in delta) block[field] = [block[field], delta[field]].join("");
      inputs += delta["partial_json"] ?? "";
    }
    if (event.type === "content_block_stop" && block["type"] === "tool_use" && inputs !== "")
      try {
        block["input"] = JSON.parse(inputs);
      } catch {
        block["input"] = inputs;
      }
  }
  return blocks;
}

/** The order in which Anthropic's events come. */
const ORDER = new RegExp(
  "^message_start ping( content_block_start( content_block_delta)* content_block_stop)*" +
    " message_delta message_stop$",
);

describe("a reply", () => {
  it.each(CASES)("has %s in it: whole", async (_name, { message, finish, usage }, shown) => {
    const who = await signUpForCached();
    stubUpstreamJson({
      model: "vendors-own",
      choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
      usage: usage ?? USAGE,
    });
    const response = await sendMessage(who, messageBody({ model: "cached" }));
    const cost = shown.cost ?? COST;
    expect(response.headers.get("x-farebox-cost")).toBe(String(cost / 1e6));
    expect(await response.json()).toMatchObject({
      type: "message",
      role: "assistant",
      model: "cached",
      content: shown.content,
      stop_reason: shown.stop,
      stop_sequence: null,
      usage: { ...(shown.usage ?? SHOWN), cost: cost / 1e6 },
    });
    expect((await waitForSettlement(who)).charged).toEqual([cost]);
  });

  it.each(CASES)("has %s in it: streamed", async (_name, { deltas, finish, usage }, shown) => {
    const who = await signUpForCached();
    const chunk = (delta: object, reason: string | null = null) =>
      frame({ model: "vendors-own", choices: [{ index: 0, delta, finish_reason: reason }] });
    stubUpstreamStream(
      chunk({ role: "assistant" }),
      ...deltas.map((delta) => chunk(delta)),
      chunk({}, finish),
      frame({ choices: [], usage: usage ?? USAGE }),
      done,
    );
    const response = await sendMessage(who, messageBody({ model: "cached", stream: true }));
    expect(response.headers.get("content-type")).toMatch("text/event-stream");
    const events = readEvents(await response.text());
    expect(events.map(({ type }) => type).join(" ")).toMatch(ORDER);
    expect(events[0]).toMatchObject({
      message: { model: "cached", content: [], stop_reason: null },
    });
    expect(collect(events)).toEqual(shown.content);
    const cost = shown.cost ?? COST;
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: shown.stop, stop_sequence: null },
      usage: { ...(shown.usage ?? SHOWN), cost: cost / 1e6 },
    });
    expect((await waitForSettlement(who)).charged).toEqual([cost]);
  });

  it("names no vendor, and is counted by us where its vendor counts nothing", async () => {
    const who = await signUpForCached();
    stubUpstreamJson({
      id: "vendor-1",
      provider: "Vendor",
      choices: [{ message: { content: "Hello", provider: "Vendor" }, finish_reason: "stop" }],
    });
    const response = await sendMessage(who, messageBody({ model: "cached" }));
    const message = await response.text();
    expect(message).not.toMatch(/vendor/i);
    const { usage } = JSON.parse(message);
    const cost = usage.input_tokens * CACHED.input + usage.output_tokens * CACHED.output;
    const { charged, captures } = await waitForSettlement(who);
    expect(charged).toEqual([cost]);
    expect(captures[0]?.entry).toMatchObject({ estimated: true });
  });

  it("in another vendor's shape becomes a message as well", async () => {
    const who = await signUpForCached();
    stubUpstreamJson({
      type: "message",
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 100, output_tokens: 20 },
    });
    const response = await sendMessage(who, messageBody({ model: "cached" }));
    expect(await response.json()).toMatchObject({ content: [text("Hello")], usage: SHOWN });
    expect((await waitForSettlement(who)).charged).toEqual([COST]);
  });
});

describe("a request that is repeated with its Idempotency-Key", () => {
  const key = { "idempotency-key": "once" };

  it.each([false, true])(
    "gets the first answer, and is charged once: stream %s",
    async (stream) => {
      const model = standInModel();
      const who = await signUpFundedUser(1);
      const first = await sendMessage(who, messageBody({ stream }), key);
      const firstText = await first.text();
      const { charged } = await waitForSettlement(who);
      const again = await sendMessage(who, messageBody({ stream }), key);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      const againText = await again.text();
      if (!stream) expect(againText).toBe(firstText);
      else {
        expect(collect(readEvents(againText))).toEqual(collect(readEvents(firstText)));
        for (const at of [0, -1, -2])
          expect(readEvents(againText).at(at)).toEqual(readEvents(firstText).at(at));
      }
      expect((await waitForSettlement(who)).charged).toEqual(charged);
      expect(model.calls).toHaveLength(1);
    },
  );

  it("is refused where it is another request, or another surface's", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    await (await sendMessage(who, messageBody(), key)).text();
    await waitForSettlement(who);
    const other = await sendMessage(who, messageBody({ top_k: 1 }), key);
    expect([other.status, await other.json()]).toMatchObject([
      400,
      { error: { details: { error_code: "idempotency_key_reused" } } },
    ]);
    expect((await sendChat(who, messageBody(), key)).status).toBe(400);
  });
});
