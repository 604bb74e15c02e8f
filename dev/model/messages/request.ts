import { z } from "zod";
import { badRequest, type ChatRequest, type RequestError } from "../request.ts";
import { isSigned } from "./signature.ts";

const VERSIONS: ReadonlySet<string | null> = new Set(["2023-06-01", "2023-01-01"]);

const cacheControl = z
  .strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() })
  .nullish();
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1, "text content blocks must be non-empty"),
  cache_control: cacheControl,
  citations: z.array(z.unknown()).nullish(),
});
const base64 = z.strictObject({
  type: z.literal("base64"),
  media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
  data: z.base64().min(1),
});
const url = z.strictObject({ type: z.literal("url"), url: z.url({ protocol: /^https?$/ }) });
const image = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [base64, url]),
  cache_control: cacheControl,
});
const document = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    base64.extend({ media_type: z.literal("application/pdf") }),
    url,
    z.strictObject({
      type: z.literal("text"),
      media_type: z.literal("text/plain"),
      data: z.string(),
    }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.strictObject({ enabled: z.boolean().optional() }).nullish(),
  cache_control: cacheControl,
});
const id = z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'");
const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id,
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  caller: z.unknown().optional(),
  cache_control: cacheControl,
});
const toolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: id,
  content: z
    .union([z.string(), z.array(z.discriminatedUnion("type", [text, image, document]))])
    .optional(),
  is_error: z.boolean().optional(),
  cache_control: cacheControl,
});
const thinkingBlock = z.strictObject({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string(),
});
const redacted = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });

const of = <Block extends z.ZodType>(block: Block) => z.union([z.string(), z.array(block)]);
const message = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("user"),
    content: of(z.discriminatedUnion("type", [text, image, document, toolResult])),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: of(z.discriminatedUnion("type", [text, toolUse, thinkingBlock, redacted])),
  }),
  z.strictObject({ role: z.literal("system"), content: of(text) }),
]);
type Message = z.infer<typeof message>;

const tool = z.strictObject({
  type: z.literal("custom").nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal("object") }),
  strict: z.boolean().optional(),
  input_examples: z.array(z.unknown()).optional(),
  eager_input_streaming: z.boolean().nullish(),
  defer_loading: z.boolean().optional(),
  allowed_callers: z.array(z.string()).optional(),
  cache_control: cacheControl,
});
const single = { disable_parallel_tool_use: z.boolean().optional() };
const display = z.enum(["summarized", "omitted"]).nullish();

const messagesRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  messages: z.array(message).min(1, "at least one message is required"),
  system: of(text).optional(),
  stop_sequences: z.array(z.string().regex(/\S/, "must contain non-whitespace")).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("auto"), ...single }),
      z.strictObject({ type: z.literal("any"), ...single }),
      z.strictObject({ type: z.literal("tool"), name: z.string(), ...single }),
      z.strictObject({ type: z.literal("none") }),
    ])
    .optional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024), display }),
      z.strictObject({ type: z.literal("adaptive"), display }),
      z.strictObject({ type: z.literal("between_tools") }),
      z.strictObject({ type: z.literal("disabled") }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullish(),
      // The local model writes plain text only.
      format: z.null("the local model writes plain text only").optional(),
    })
    .optional(),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
  cache_control: cacheControl,
});
type MessagesRequest = z.infer<typeof messagesRequest>;

/** A request as the model reads it: the chat that it is, and whether it thinks first. */
export interface ReadRequest {
  readonly chat: ChatRequest;
  readonly thinks: boolean;
  readonly showsThoughts: boolean;
}

const invalid = (error: z.ZodError): RequestError => {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String).join(".");
  if (issue?.code === "unrecognized_keys") {
    const place = [...(path === "" ? [] : [path]), issue.keys[0]].join(".");
    return badRequest(`${place}: Extra inputs are not permitted`, null);
  }
  const isMissing = issue?.code === "invalid_type" && issue.input === undefined;
  const words = isMissing ? "Field required" : (issue?.message ?? "Invalid");
  return badRequest(`${path}: ${words}`, null);
};

const blocksOf = ({ content }: Message) =>
  typeof content === "string" ? [{ type: "text" as const, text: content }] : content;

/** Finds a fault in how the messages follow one another. */
function findOrderFault({ messages }: MessagesRequest): string | null {
  const turns = messages.filter(({ role }) => role !== "system");
  if (turns[0]?.role !== "user") return 'messages: first message must use the "user" role';
  for (const [at, turn] of turns.entries()) {
    const next = turns[at + 1];
    const calls = blocksOf(turn).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    const results = (one: Message | undefined) =>
      one === undefined
        ? []
        : blocksOf(one).flatMap((block) =>
            block.type === "tool_result" ? [block.tool_use_id] : [],
          );
    const open = calls.find((call) => next === undefined || !results(next).includes(call));
    if (open !== undefined && next !== undefined)
      return (
        `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately ` +
        `after: ${open}.`
      );
    const before = turns[at - 1];
    const asked = before === undefined ? [] : blocksOf(before);
    const stray = results(turn).find(
      (result) => !asked.some((block) => block.type === "tool_use" && block.id === result),
    );
    if (stray !== undefined)
      return (
        `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. ` +
        "Each `tool_result` block must have a corresponding `tool_use` block in the previous " +
        "message."
      );
    const said = blocksOf(turn);
    if (said.length === 0) return `messages.${at}: all messages must have non-empty content`;
    const lastText = said.at(-1);
    if (turn.role === "assistant" && next === undefined && lastText?.type === "text")
      if (/\s$/.test(lastText.text))
        return "messages: final assistant content cannot end with trailing whitespace";
  }
  return null;
}

/** Finds a fault between fields that are right by themselves. */
function findFault(request: MessagesRequest): string | null {
  const { thinking, max_tokens, temperature, tool_choice, tools, messages } = request;
  if (thinking?.type === "enabled" && thinking.budget_tokens >= max_tokens)
    return "`max_tokens` must be greater than `thinking.budget_tokens`.";
  const thinks = thinking !== undefined && thinking.type !== "disabled";
  if (thinks && temperature !== undefined && temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled.";
  if (tool_choice !== undefined && (tools ?? []).length === 0)
    return "tool_choice may only be specified while providing tools.";
  if (thinks && (tool_choice?.type === "any" || tool_choice?.type === "tool"))
    return "Thinking may not be enabled when tool_choice forces tool use.";
  for (const [at, each] of messages.entries())
    for (const [index, block] of blocksOf(each).entries())
      if (block.type === "thinking" && !isSigned(block))
        return `messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`;
  return findOrderFault(request);
}

/** Writes what the prompt has as the texts of a chat, by which it is counted. */
function toChat(request: MessagesRequest): ChatRequest {
  const { model, max_tokens, messages, system, stream, stop_sequences, tools } = request;
  const told = system === undefined ? [] : [{ role: "system" as const, content: system }];
  return {
    model,
    max_tokens,
    stream,
    stop: stop_sequences,
    ...(tools === undefined || request.tool_choice?.type === "none"
      ? {}
      : {
          tools: tools.map(({ name, description, input_schema: parameters }) => ({
            type: "function" as const,
            function: { name, description, parameters },
          })),
        }),
    messages: [...told, ...messages].map((each) => {
      const blocks = typeof each.content === "string" ? [] : each.content;
      const isResult = blocks.some((block) => block.type === "tool_result");
      const texts = blocks.flatMap((block) => {
        if (block.type === "text") return [block.text];
        if (block.type === "tool_result") return [JSON.stringify(block.content ?? "")];
        return block.type === "thinking" ? [block.thinking] : [];
      });
      const calls = blocks.filter((block) => block.type === "tool_use");
      return {
        role: isResult ? ("tool" as const) : each.role,
        content: typeof each.content === "string" ? each.content : texts.join("\n"),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      };
    }),
  };
}

/**
 * Reads a request of Anthropic's Messages API, and refuses what Anthropic refuses, in its words
 * (https://platform.claude.com/docs/en/api/messages).
 */
export function readMessagesRequest(rawBody: string, headers: Headers): ReadRequest | RequestError {
  const version = headers.get("anthropic-version");
  if (version === null) return badRequest("anthropic-version: header is required", null);
  if (!VERSIONS.has(version))
    return badRequest(`anthropic-version: "${version}" is not a valid version`, null);
  let json: unknown;
  try {
    json = JSON.parse(rawBody);
  } catch {
    return badRequest("The request body is not valid JSON", null);
  }
  const parsed = messagesRequest.safeParse(json, { reportInput: true });
  if (!parsed.success) return invalid(parsed.error);
  const fault = findFault(parsed.data);
  if (fault !== null) return badRequest(fault, null);
  const { thinking } = parsed.data;
  return {
    chat: toChat(parsed.data),
    thinks: thinking?.type === "enabled" || thinking?.type === "adaptive",
    showsThoughts:
      !(thinking !== undefined && "display" in thinking) || thinking.display !== "omitted",
  };
}
