import type { Behaviour, UsageBlock } from "./behaviour.ts";
import type { Reply } from "./reply.ts";
import { errorBody } from "./request.ts";
import type { Wire } from "./wire.ts";

/** The fields that both forms of a reply begin with. */
export interface ReplyHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

/** One SSE event, with its line ends. `tokens` is the number of output tokens in it. */
export interface Frame {
  readonly text: string;
  readonly tokens: number;
}

/** Returns the true usage, or the one that the behaviour reports in its place; `null` for none. */
function buildUsage(reply: Reply, behaviour: Behaviour): UsageBlock | null {
  if (behaviour.usage !== undefined) return behaviour.usage;
  return {
    prompt_tokens: reply.promptTokens,
    completion_tokens: reply.completionTokens,
    total_tokens: reply.promptTokens + reply.completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    ...behaviour.usageFields,
  };
}

/** Builds the call of a tool, or the start of one. */
const toolCall = ({ id }: ReplyHead, index: number, name: string, args: string) => ({
  id: id.replace("chatcmpl-", "call_") + String(index),
  type: "function",
  function: { name, arguments: args },
});

/** Builds a reply that is not streamed. */
function buildCompletion(head: ReplyHead, reply: Reply, behaviour: Behaviour) {
  const usage = buildUsage(reply, behaviour);
  return {
    id: head.id,
    object: "chat.completion",
    created: head.createdSeconds,
    model: head.model,
    system_fingerprint: "fp_local",
    choices: reply.choices.map(({ tokens, toolName, finishReason }, index) => ({
      index,
      message: {
        role: "assistant",
        refusal: null,
        ...(toolName === undefined
          ? { content: tokens.join("") }
          : { content: null, tool_calls: [toolCall(head, index, toolName, tokens.join(""))] }),
      },
      logprobs: null,
      finish_reason: finishReason,
    })),
    ...(usage === null
      ? {}
      : behaviour.usageIn === "x_groq"
        ? { usage, x_groq: { id: head.id } }
        : { usage }),
  };
}

/**
 * Builds a streamed reply: for each choice a frame with the role, one per token and one with the
 * finish reason; then the usage, if requested; then `[DONE]`. Choices alternate, as OpenAI's do.
 */
function* buildFrames(
  head: ReplyHead,
  reply: Reply,
  behaviour: Behaviour,
  includeUsage: boolean,
): Generator<Frame> {
  const usage = buildUsage(reply, behaviour);
  const usageIn = behaviour.usageIn ?? "own-chunk";
  const sendsUsageChunk = includeUsage && usageIn === "own-chunk" && usage !== null;
  const end = behaviour.lineEnd ?? "\n";
  const event = (data: string, tokens: number): Frame => {
    const comment = behaviour.comments === true ? `: still here${end}${end}` : "";
    return { text: `${comment}data: ${data}${end}${end}`, tokens };
  };
  const chunk = (choices: readonly unknown[], more: object): string =>
    JSON.stringify({
      id: head.id,
      object: "chat.completion.chunk",
      created: head.createdSeconds,
      model: head.model,
      system_fingerprint: "fp_local",
      choices,
      ...(sendsUsageChunk ? { usage: null } : {}),
      ...(usageIn === "every-chunk" && usage !== null ? { usage } : {}),
      ...more,
    });
  const choice = (
    index: number,
    delta: object,
    reason: string | null = null,
    more: object = {},
  ): string => chunk([{ index, delta, logprobs: null, finish_reason: reason }], more);

  for (const [index, { toolName }] of reply.choices.entries()) {
    const begun = toolName === undefined ? [] : [toolCall(head, index, toolName, "")];
    const calls = begun.map((call) => ({ index: 0, ...call }));
    const said = toolName === undefined ? { content: "" } : { content: null, tool_calls: calls };
    yield event(choice(index, { role: "assistant", ...said, refusal: null }), 0);
  }
  const longest = Math.max(...reply.choices.map(({ tokens }) => tokens.length));
  for (let position = 0; position < longest; position += 1) {
    for (const [index, { tokens, toolName }] of reply.choices.entries()) {
      const content = tokens[position];
      if (content === undefined) continue;
      const piece = { tool_calls: [{ index: 0, function: { arguments: content } }] };
      yield event(choice(index, toolName === undefined ? { content } : piece), 1);
    }
  }
  for (const [index, { finishReason }] of reply.choices.entries()) {
    const last = index === reply.choices.length - 1 && usage !== null;
    const usageInLast = last && usageIn === "last-content-chunk" ? { usage } : {};
    const groqUsage = last && usageIn === "x_groq" ? { x_groq: { id: head.id, usage } } : {};
    yield event(choice(index, {}, finishReason, { ...usageInLast, ...groqUsage }), 0);
  }
  if (sendsUsageChunk) yield event(chunk([], { usage }), 0);
  if (behaviour.done !== false) yield event("[DONE]", 0);
}

/** OpenAI's chat completions. */
export const chatWire = (includeUsage: boolean): Wire => ({
  idPrefix: "chatcmpl-local-",
  error: (error, headers = {}) =>
    Response.json(errorBody(error), { status: error.status, headers }),
  errorFrame: `data: ${JSON.stringify({
    error: {
      message: "The server had an error while processing your request.",
      type: "server_error",
      param: null,
      code: null,
    },
  })}\n\n`,
  garbageFrame: 'data: {"id":"chatcmpl-,,,\n\n',
  half: '{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"mess',
  frames: (head, reply, behaviour) => buildFrames(head, reply, behaviour, includeUsage),
  whole: buildCompletion,
});
