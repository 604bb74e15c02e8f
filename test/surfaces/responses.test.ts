import { describe, expect, it } from "vitest";
import { signUpFundedUser } from "../support/funded-user.ts";
import {
  counted,
  functionCall,
  type ScriptedReply,
  scriptReplies,
} from "../support/scripted-replies.ts";
import { expectCharged, post, readEvents, type StreamEvent } from "../support/surface.ts";

type Json = Readonly<Record<string, unknown>>;

const ask = (more: Json = {}) => ({ model: "large", input: "Hello", ...more });
/** A reply of the model, and what it becomes. */
interface Case extends ScriptedReply {
  readonly name: string;
  readonly request?: Json;
  readonly output: readonly Json[];
  readonly status?: string;
  readonly reason?: string;
  readonly shownUsage: Json;
  readonly charged: number;
  /** The types of the events between the first two and the last. */
  readonly events: readonly string[];
}

const text = (said: string) => ({ type: "output_text", text: said, annotations: [], logprobs: [] });
const MESSAGE_EVENTS = [
  "output_item.added",
  "content_part.added",
  "output_text.delta",
  "output_text.delta",
  "output_text.done",
  "content_part.done",
  "output_item.done",
];
const CALL_EVENTS = {
  begin: ["output_item.added", "function_call_arguments.delta", "function_call_arguments.delta"],
  end: ["function_call_arguments.done", "output_item.done"],
};

const CASES: readonly Case[] = [
  {
    name: "text",
    message: { content: "Hello there" },
    finish: "stop",
    usage: counted(10, 4),
    output: [
      { type: "message", role: "assistant", status: "completed", content: [text("Hello there")] },
    ],
    shownUsage: { input_tokens: 10, output_tokens: 4, total_tokens: 14, cost: 0.0009 },
    charged: 900,
    events: MESSAGE_EVENTS,
  },
  {
    name: "text that was cut at its cap, from a cached prompt",
    message: { content: "Hello there" },
    finish: "length",
    usage: counted(100, 4, { prompt_tokens_details: { cached_tokens: 60 } }),
    output: [{ type: "message", status: "incomplete", content: [text("Hello there")] }],
    status: "incomplete",
    reason: "max_output_tokens",
    shownUsage: { input_tokens: 100, input_tokens_details: { cached_tokens: 60 } },
    charged: 3600,
    events: MESSAGE_EVENTS,
  },
  {
    name: "text that a filter stopped",
    message: { content: "Hello there" },
    finish: "content_filter",
    usage: counted(10, 4),
    output: [{ type: "message", status: "incomplete" }],
    status: "incomplete",
    reason: "content_filter",
    shownUsage: { output_tokens: 4 },
    charged: 900,
    events: MESSAGE_EVENTS,
  },
  {
    name: "a refusal",
    message: { content: null, refusal: "I can't do that" },
    finish: "stop",
    usage: counted(10, 6),
    output: [{ type: "message", content: [{ type: "refusal", refusal: "I can't do that" }] }],
    shownUsage: { output_tokens: 6 },
    charged: 1200,
    events: MESSAGE_EVENTS.map((type) => type.replace("output_text", "refusal")),
  },
  {
    name: "thoughts, where the client asks for no summary of them,",
    request: { reasoning: { effort: "low" } },
    message: { reasoning_content: "Greet back", content: "Hello there" },
    finish: "stop",
    usage: counted(10, 9, { completion_tokens_details: { reasoning_tokens: 5 } }),
    output: [
      {
        type: "reasoning",
        summary: [],
        content: [{ type: "reasoning_text", text: "Greet back" }],
        encrypted_content: null,
      },
      { type: "message", content: [text("Hello there")] },
    ],
    shownUsage: { output_tokens: 9, output_tokens_details: { reasoning_tokens: 5 } },
    charged: 1650,
    events: [
      ...MESSAGE_EVENTS.map((type) => type.replace("output_text", "reasoning_text")),
      ...MESSAGE_EVENTS,
    ],
  },
  {
    name: "thoughts as a summary",
    message: { reasoning: "Greet back", content: "Hello there" },
    finish: "stop",
    usage: counted(10, 9),
    output: [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Greet back" }] },
      { type: "message", content: [text("Hello there")] },
    ],
    shownUsage: { output_tokens: 9 },
    charged: 1650,
    events: [
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.done",
      "reasoning_summary_part.done",
      "output_item.done",
      ...MESSAGE_EVENTS,
    ],
  },
  {
    name: "two calls of functions, after some text",
    message: {
      content: "Hello there",
      tool_calls: [
        functionCall("weather", "call_a", '{"city":"Rome"}'),
        functionCall("weather", "call_b", '{"city":"Oslo"}'),
      ],
    },
    finish: "tool_calls",
    usage: counted(50, 30),
    request: { tools: [{ type: "function", name: "weather", parameters: { type: "object" } }] },
    output: [
      { type: "message", content: [text("Hello there")] },
      {
        type: "function_call",
        status: "completed",
        call_id: "call_a",
        name: "weather",
        arguments: '{"city":"Rome"}',
      },
      { type: "function_call", call_id: "call_b", arguments: '{"city":"Oslo"}' },
    ],
    shownUsage: { input_tokens: 50, output_tokens: 30 },
    charged: 6000,
    events: [
      ...MESSAGE_EVENTS,
      ...CALL_EVENTS.begin,
      ...CALL_EVENTS.begin,
      ...CALL_EVENTS.end,
      ...CALL_EVENTS.end,
    ],
  },
  {
    name: "a call of a custom tool",
    message: {
      content: null,
      tool_calls: [{ id: "call_c", type: "custom", custom: { name: "patch", input: "*** Begin" } }],
    },
    finish: "tool_calls",
    usage: counted(50, 30),
    request: { tools: [{ type: "custom", name: "patch" }] },
    output: [
      {
        type: "custom_tool_call",
        status: "completed",
        call_id: "call_c",
        name: "patch",
        input: "*** Begin",
      },
    ],
    shownUsage: { output_tokens: 30 },
    charged: 6000,
    events: [
      "output_item.added",
      "custom_tool_call_input.delta",
      "custom_tool_call_input.delta",
      "custom_tool_call_input.done",
      "output_item.done",
    ],
  },
  {
    name: "thoughts that are sealed, and a call",
    message: {
      content: null,
      reasoning_details: [{ type: "reasoning.encrypted", data: "c2VhbGVk" }],
      tool_calls: [functionCall("weather", "call_a", '{"city":"Rome"}')],
    },
    finish: "tool_calls",
    usage: counted(50, 30),
    request: { tools: [{ type: "function", name: "weather" }] },
    output: [
      { type: "reasoning", summary: [], encrypted_content: "c2VhbGVk" },
      { type: "function_call", call_id: "call_a" },
    ],
    shownUsage: { output_tokens: 30 },
    charged: 6000,
    events: ["output_item.added", "output_item.done", ...CALL_EVENTS.begin, ...CALL_EVENTS.end],
  },
];

const shown = ({ status = "completed", reason, output, shownUsage }: Case) => ({
  id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
  object: "response",
  created_at: expect.any(Number),
  status,
  error: null,
  incomplete_details: reason === undefined ? null : { reason },
  model: "large",
  store: false,
  output: output.map((item) => expect.objectContaining(item)),
  usage: expect.objectContaining(
    Object.fromEntries(
      Object.entries(shownUsage).map(([name, value]) => [
        name,
        typeof value === "object" ? expect.objectContaining(value) : value,
      ]),
    ),
  ),
});

describe("POST /v1/responses answers with, and charges exactly,", () => {
  it.each(CASES)("$name: whole", async (each) => {
    scriptReplies(each);
    const user = await signUpFundedUser(10);
    const response = await post(user, "/v1/responses", ask(each.request));
    expect(await response.json()).toMatchObject(shown(each));
    expect(response.headers.get("x-farebox-cost")).toBe(String(each.charged / 1_000_000));
    await expectCharged(user, each.charged);
  });

  it.each(CASES)("$name: as a stream, in OpenAI's order", async (each) => {
    scriptReplies(each);
    const user = await signUpFundedUser(10);
    const response = await post(user, "/v1/responses", ask({ ...each.request, stream: true }));
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = await readEvents(response);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    expect(events.map(({ event, type }) => [event, type])).toEqual(
      ["created", "in_progress", ...each.events, each.status ?? "completed"].map((type) =>
        Array(2).fill(`response.${type}`),
      ),
    );
    expect(events.at(-1)?.["response"]).toMatchObject(shown(each));
    expectPiecesToAddUp(events);
    await expectCharged(user, each.charged);
  });
});

/** Each item at its end has what its pieces say, under the same id and at the same place. */
function expectPiecesToAddUp(events: readonly StreamEvent[]): void {
  const output: readonly Json[] = Object(events.at(-1)?.["response"]).output;
  const pieces = new Map<unknown, string>();
  for (const { type, item_id, output_index, delta } of events) {
    if (item_id !== undefined) expect(output[Number(output_index)]?.["id"]).toBe(item_id);
    if (String(type).endsWith(".delta")) pieces.set(item_id, (pieces.get(item_id) ?? "") + delta);
  }
  for (const [id, said] of pieces) {
    const item = output.find((each) => each["id"] === id);
    expect(JSON.stringify(item)).toContain(JSON.stringify(said).slice(1, -1));
  }
  const finished = events.filter(({ type }) => type === "response.output_item.done");
  expect(finished.map(({ item }) => item)).toEqual(
    finished.map(({ output_index }) => output[Number(output_index)]),
  );
  expect(finished).toHaveLength(output.length);
}
