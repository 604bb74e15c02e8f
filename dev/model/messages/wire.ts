import type { Behaviour, UsageBlock } from "../behaviour.ts";
import type { Frame, ReplyHead } from "../frames.ts";
import type { Reply } from "../reply.ts";
import type { RequestError } from "../request.ts";
import type { Wire } from "../wire.ts";
import type { ReadRequest } from "./request.ts";
import { signShown } from "./signature.ts";

/** Anthropic's types of errors, by their statuses. */
const TYPES: Readonly<Record<RequestError["status"], string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  404: "not_found_error",
  429: "rate_limit_error",
  500: "api_error",
  503: "api_error",
  529: "overloaded_error",
};

const errorBody = (type: string, message: string) => ({
  type: "error",
  error: { type, message },
  request_id: "req_local",
});

/** An event or a block: its type, and more. */
type Typed = Readonly<Record<string, unknown>> & { readonly type: string };

const eventOf = (json: Typed, end = "\n"): string =>
  `event: ${json.type}${end}data: ${JSON.stringify(json)}${end}${end}`;

/** Returns the true usage, or the one that the behaviour reports in its place; null for none. */
function usageOf(reply: Reply, output: number, behaviour: Behaviour): UsageBlock | null {
  if (behaviour.usage !== undefined) return behaviour.usage;
  const thoughts = Math.min(output, reply.thoughts.length);
  return {
    input_tokens: reply.promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: thoughts === 0 ? null : { thinking_tokens: thoughts },
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "not_available",
    ...behaviour.usageFields,
  };
}

const withUsage = (usage: UsageBlock | null) => (usage === null ? {} : { usage });

/** Why the model stopped, in Anthropic's words. */
function stopOf({ choices: [choice] }: Reply) {
  const stop = choice?.stopSequence;
  const reasons = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" } as const;
  return {
    stop_reason: stop === undefined ? reasons[choice?.finishReason ?? "stop"] : "stop_sequence",
    stop_sequence: stop ?? null,
    stop_details: null,
    container: null,
  };
}

const callId = ({ id }: ReplyHead): string => id.replace("msg_", "toolu_");

interface Block {
  readonly start: Typed;
  /** The block as a whole reply has it. */
  readonly whole: Typed;
  /** Its deltas, with the tokens that each has. */
  readonly deltas: readonly (readonly [delta: object, tokens: number])[];
}

function thinkingBlock(thoughts: readonly string[], isShown: boolean): Block {
  const thinking = isShown ? thoughts.join("") : "";
  const signature = signShown(thinking, isShown);
  const shown = isShown
    ? thoughts.map((each) => [{ type: "thinking_delta", thinking: each }, 1] as const)
    : [];
  return {
    start: { type: "thinking", thinking: "", signature: "" },
    whole: { type: "thinking", thinking, signature },
    deltas: [...shown, [{ type: "signature_delta", signature }, 0]],
  };
}

/** Lists the blocks of a reply. */
function blocksOf(head: ReplyHead, reply: Reply, { showsThoughts }: ReadRequest): Block[] {
  const [choice] = reply.choices;
  const tokens = choice?.tokens ?? [];
  const name = choice?.toolName;
  const thoughts =
    reply.thoughts.length === 0 ? [] : [thinkingBlock(reply.thoughts, showsThoughts)];
  if (name === undefined) {
    const start = { type: "text", text: "", citations: null };
    const deltas = tokens.map((text) => [{ type: "text_delta", text }, 1] as const);
    const text: Block = { start, whole: { ...start, text: tokens.join("") }, deltas };
    return tokens.length === 0 ? thoughts : [...thoughts, text];
  }
  const start = { type: "tool_use", id: callId(head), name, caller: { type: "direct" } };
  const input = JSON.parse(tokens.join(""));
  const deltas = tokens.map(
    (json) => [{ type: "input_json_delta", partial_json: json }, 1] as const,
  );
  const call: Block = {
    start: { ...start, input: {} },
    whole: { ...start, input },
    deltas,
  };
  return [...thoughts, call];
}

const envelope = ({ id, model }: ReplyHead) => ({
  id,
  type: "message",
  role: "assistant",
  model,
});

/** Errors in Anthropic's shape. */
export const MESSAGES_ERRORS: Pick<Wire, "error"> = {
  error: (error, headers) => {
    const sent = new Headers(headers);
    sent.set("request-id", "req_local");
    const { status, message } = error;
    return Response.json(errorBody(TYPES[status], message), { status, headers: sent });
  },
};

/**
 * Anthropic's Messages API: one event for the start, one with each token, those of blocks and the
 * end.
 */
export const messagesWire = (request: ReadRequest): Wire => ({
  idPrefix: "msg_local",
  thinks: request.thinks,
  ...MESSAGES_ERRORS,
  errorFrame: eventOf(errorBody("overloaded_error", "Overloaded")),
  garbageFrame: 'event: content_block_delta\ndata: {"type":"content_block_delta",,,\n\n',
  half: '{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"te',
  *frames(head, reply, behaviour): Generator<Frame> {
    const end = behaviour.lineEnd ?? "\n";
    const comment = behaviour.comments === true ? `: still here${end}${end}` : "";
    const event = (json: Typed, tokens = 0): Frame => ({
      text: comment + eventOf(json, end),
      tokens,
    });
    const begun = { ...envelope(head), content: [], stop_reason: null, stop_sequence: null };
    const message = { ...begun, ...withUsage(usageOf(reply, 1, behaviour)) };
    yield event({ type: "message_start", message });
    yield event({ type: "ping" });
    for (const [index, { start, deltas }] of blocksOf(head, reply, request).entries()) {
      const begins = { type: "content_block_start", index, content_block: start };
      yield event(begins);
      for (const [delta, tokens] of deltas)
        yield event({ type: "content_block_delta", index, delta }, tokens);
      yield event({ type: "content_block_stop", index });
    }
    const usage = withUsage(usageOf(reply, reply.completionTokens, behaviour));
    yield event({ type: "message_delta", delta: stopOf(reply), ...usage });
    if (behaviour.done !== false) yield event({ type: "message_stop" });
  },
  whole: (head, reply, behaviour) => ({
    ...envelope(head),
    content: blocksOf(head, reply, request).map(({ whole }) => whole),
    ...stopOf(reply),
    ...withUsage(usageOf(reply, reply.completionTokens, behaviour)),
  }),
});
