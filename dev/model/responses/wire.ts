import type { Behaviour, UsageBlock } from "../behaviour.ts";
import { chatWire, type Frame, type ReplyHead } from "../frames.ts";
import type { Reply } from "../reply.ts";
import type { Wire } from "../wire.ts";
import type { ReadRequest } from "./request.ts";
import { seal } from "./sealed.ts";

type Json = Readonly<Record<string, unknown>>;

/** An event before it has its number, and the tokens in it. */
type Event = readonly [type: string, fields: Json, tokens?: number];

function usageOf(reply: Reply, behaviour: Behaviour): UsageBlock | null {
  if (behaviour.usage !== undefined) return behaviour.usage;
  return {
    input_tokens: reply.promptTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: reply.completionTokens,
    output_tokens_details: { reasoning_tokens: reply.thoughts.length },
    total_tokens: reply.promptTokens + reply.completionTokens,
    ...behaviour.usageFields,
  };
}

/** The outcome of a response, in OpenAI's words. */
const outcomeOf = ({ choices: [choice] }: Reply) =>
  choice?.finishReason === "length"
    ? { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }
    : { status: "completed", incomplete_details: null };

const envelope = ({ id, createdSeconds, model }: ReplyHead) => ({
  id,
  object: "response",
  created_at: createdSeconds,
  model,
  error: null,
  store: false,
});

const itemId = (prefix: string, { id }: ReplyHead): string => id.replace("resp_", `${prefix}_`);

interface Item {
  readonly whole: Json;
  /** The item as it begins. */
  readonly start: Json;
  readonly events: (place: Json) => readonly Event[];
}

function thought(head: ReplyHead, thoughts: readonly string[], request: ReadRequest): Item {
  const { showsSummary, sealsThoughts } = request;
  const text = thoughts.join("");
  const start = { id: itemId("rs", head), type: "reasoning", summary: [] };
  const sealed = sealsThoughts ? { encrypted_content: seal(text) } : {};
  const summary = showsSummary ? [{ type: "summary_text", text }] : [];
  const part = { summary_index: 0, part: { type: "summary_text", text: "" } };
  return {
    start: { ...start, ...(sealsThoughts ? { encrypted_content: "" } : {}) },
    whole: { ...start, summary, ...sealed },
    events: (place) =>
      showsSummary
        ? [
            ["response.reasoning_summary_part.added", { ...place, ...part }],
            ...thoughts.map(
              (delta) =>
                [
                  "response.reasoning_summary_text.delta",
                  { ...place, summary_index: 0, delta },
                  1,
                ] as const,
            ),
            ["response.reasoning_summary_text.done", { ...place, summary_index: 0, text }],
            [
              "response.reasoning_summary_part.done",
              { ...place, summary_index: 0, part: { type: "summary_text", text } },
            ],
          ]
        : [],
  };
}

const partOf = (said: string) => ({
  type: "output_text",
  text: said,
  annotations: [],
  logprobs: [],
});

function saying(head: ReplyHead, tokens: readonly string[], status: string): Item {
  const start = { id: itemId("msg", head), type: "message", role: "assistant", content: [] };
  const text = tokens.join("");
  return {
    start: { ...start, status: "in_progress" },
    whole: { ...start, status, content: [partOf(text)] },
    events: (place) => [
      ["response.content_part.added", { ...place, content_index: 0, part: partOf("") }],
      ...tokens.map(
        (delta) =>
          [
            "response.output_text.delta",
            { ...place, content_index: 0, delta, logprobs: [] },
            1,
          ] as const,
      ),
      ["response.output_text.done", { ...place, content_index: 0, text, logprobs: [] }],
      ["response.content_part.done", { ...place, content_index: 0, part: partOf(text) }],
    ],
  };
}

function calling(head: ReplyHead, name: string, tokens: readonly string[], status: string): Item {
  const start = {
    id: itemId("fc", head),
    type: "function_call",
    call_id: itemId("call", head),
    name,
  };
  const args = tokens.join("");
  return {
    start: { ...start, arguments: "", status: "in_progress" },
    whole: { ...start, arguments: args, status },
    events: (place) => [
      ...tokens.map(
        (delta) => ["response.function_call_arguments.delta", { ...place, delta }, 1] as const,
      ),
      ["response.function_call_arguments.done", { ...place, name, arguments: args }],
    ],
  };
}

/** Lists the items of a reply. */
function itemsOf(head: ReplyHead, reply: Reply, request: ReadRequest): Item[] {
  const [choice] = reply.choices;
  const { status } = outcomeOf(reply);
  const thoughts = reply.thoughts.length === 0 ? [] : [thought(head, reply.thoughts, request)];
  if (choice === undefined || choice.tokens.length === 0) return thoughts;
  const { toolName, tokens } = choice;
  const item =
    toolName === undefined ? saying(head, tokens, status) : calling(head, toolName, tokens, status);
  return [...thoughts, item];
}

function* eventsOf(
  head: ReplyHead,
  reply: Reply,
  request: ReadRequest,
  behaviour: Behaviour,
): Generator<Event> {
  const begun = { ...envelope(head), status: "in_progress", output: [], usage: null };
  yield ["response.created", { response: begun }];
  yield ["response.in_progress", { response: begun }];
  const items = itemsOf(head, reply, request);
  for (const [output_index, { start, whole, events }] of items.entries()) {
    yield ["response.output_item.added", { output_index, item: start }];
    yield* events({ item_id: whole["id"], output_index });
    yield ["response.output_item.done", { output_index, item: whole }];
  }
  if (behaviour.done === false) return;
  const response = wholeOf(head, reply, request, behaviour);
  yield [`response.${outcomeOf(reply).status}`, { response }];
}

function wholeOf(head: ReplyHead, reply: Reply, request: ReadRequest, behaviour: Behaviour) {
  const usage = usageOf(reply, behaviour);
  return {
    ...envelope(head),
    ...outcomeOf(reply),
    output: itemsOf(head, reply, request).map(({ whole }) => whole),
    ...(usage === null ? {} : { usage }),
  };
}

/** OpenAI's Responses API: events for the start, each token, each item, and the end. */
export const responsesWire = (request: ReadRequest): Wire => ({
  ...chatWire(false),
  idPrefix: "resp_local",
  thinks: request.thinks,
  errorFrame: `event: error\ndata: ${JSON.stringify({
    type: "error",
    code: "server_error",
    message: "The server had an error while processing your request.",
    param: null,
    sequence_number: 9,
  })}\n\n`,
  garbageFrame: 'event: response.output_text.delta\ndata: {"type":"response.output_text,,,\n\n',
  half: '{"id":"resp_1","object":"response","output":[{"type":"mess',
  *frames(head, reply, behaviour): Generator<Frame> {
    const end = behaviour.lineEnd ?? "\n";
    const comment = behaviour.comments === true ? `: still here${end}${end}` : "";
    let sequence_number = 0;
    for (const [type, fields, tokens = 0] of eventsOf(head, reply, request, behaviour)) {
      const data = JSON.stringify({ type, sequence_number: sequence_number++, ...fields });
      yield { text: `${comment}event: ${type}${end}data: ${data}${end}${end}`, tokens };
    }
  },
  whole: (head, reply, behaviour) => wholeOf(head, reply, request, behaviour),
});
