import { z } from "zod";
import { findImageUrlFault } from "../../chat/index.ts";
import { count, credits } from "../../http/answer-fields.ts";
import { blocks, fields, hint, oneOf } from "./fields.ts";

/** Anthropic's mark of where a prompt may be cached. */
const cacheControl = fields({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).nullish() })
  .nullish()
  .describe("Passed on where the model's price covers it; without effect elsewhere.");

const textBlock = fields({
  type: z.literal("text"),
  text: z.string(),
  cache_control: cacheControl,
  citations: hint,
});
/** The address of a picture, which its vendor fetches. */
const imageUrl = z.string().superRefine((url, context) => {
  const fault = findImageUrlFault(url);
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
});
const imageBlock = fields({
  type: z.literal("image"),
  source: oneOf("type", [
    fields({
      type: z.literal("base64"),
      media_type: z.string().regex(/^image\/[\w.+-]+$/, "must be the type of an image"),
      data: z.string().min(1),
    }),
    fields({ type: z.literal("url"), url: imageUrl }),
  ]),
  cache_control: cacheControl,
});
const documentBlock = fields({
  type: z.literal("document"),
  source: oneOf("type", [
    fields({
      type: z.literal("base64"),
      media_type: z.literal("application/pdf"),
      data: z.string().min(1),
    }),
    fields({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: fields({ enabled: z.literal(false).nullish() }).nullish(),
  cache_control: cacheControl,
});
const resultBlock = oneOf("type", [textBlock, imageBlock, documentBlock]);
const toolUse = fields({
  type: z.literal("tool_use"),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.unknown(),
  caller: hint,
  cache_control: cacheControl,
});
const toolResult = fields({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1),
  content: blocks(resultBlock).nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControl,
});
const thinkingBlock = fields({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string().nullish(),
});
const redactedThinking = fields({ type: z.literal("redacted_thinking"), data: z.string() });

const message = oneOf("role", [
  fields({
    role: z.literal("user"),
    content: blocks(oneOf("type", [textBlock, imageBlock, documentBlock, toolResult])),
  }),
  fields({
    role: z.literal("assistant"),
    content: blocks(oneOf("type", [textBlock, toolUse, thinkingBlock, redactedThinking])),
  }),
  fields({ role: z.literal("system"), content: blocks(textBlock) }),
]);

const customTool = fields({
  type: z.literal("custom").nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: z.looseObject({}),
  strict: z.boolean().nullish(),
  input_examples: z.array(z.unknown()).nullish(),
  cache_control: cacheControl,
  eager_input_streaming: hint,
  defer_loading: z.literal(false).nullish(),
  allowed_callers: z.array(z.literal("direct")).nullish(),
});
/** A tool of Anthropic's own, which its vendor runs or knows the schema of. */
const vendorTool = z.looseObject({ type: z.string().min(1) });
const isVendors = (tool: Readonly<Record<string, unknown>>): boolean =>
  typeof tool["type"] === "string" && tool["type"] !== "custom";
const tool = z.looseObject({}).transform((value, context) => {
  const parsed = (isVendors(value) ? vendorTool : customTool).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});

const thinking = oneOf("type", [
  fields({
    type: z.literal("enabled"),
    budget_tokens: z.int().min(1),
    display: hint,
  }),
  fields({ type: z.literal("adaptive"), display: hint }),
  fields({ type: z.literal("between_tools"), display: hint }),
  fields({ type: z.literal("disabled") }),
]);

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };
const toolChoice = oneOf("type", [
  fields({ type: z.literal("auto"), ...parallel }),
  fields({ type: z.literal("any"), ...parallel }),
  fields({ type: z.literal("tool"), name: z.string().min(1), ...parallel }),
  fields({ type: z.literal("none") }),
]);

const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;
const prompt = {
  model: z.string().min(1).max(200),
  messages: z.array(message).min(1),
  system: blocks(textBlock).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: fields({
    effort: z.enum(EFFORTS).nullish(),
    format: fields({
      type: z.literal("json_schema"),
      schema: z.looseObject({}),
    }).nullish(),
  }).nullish(),
  cache_control: cacheControl,
  speed: z.literal("standard").nullish(),
  context_management: hint.describe("Without effect: the messages are sent as they are."),
};

/** Anthropic's request: https://platform.claude.com/docs/en/api/messages */
export const messagesBody = fields({
  ...prompt,
  max_tokens: z.int().min(1),
  stop_sequences: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_k: z.number().nullish(),
  top_p: z.number().nullish(),
  metadata: fields({ user_id: z.string().nullish() }).nullish(),
  service_tier: z.enum(["auto", "standard_only"]).nullish(),
  diagnostics: hint,
});
export type MessagesBody = z.infer<typeof messagesBody>;

/** The request of a count: what a message would have in its prompt. */
export const countBody = fields(prompt);
export type CountBody = z.infer<typeof countBody>;

export type Message = CountBody["messages"][number];
export type Tool = NonNullable<CountBody["tools"]>[number];

/** Anthropic's answer. `cost` is Farebox's own. */
export const messageView = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(z.looseObject({ type: z.string() })),
    stop_reason: z.string(),
    stop_sequence: z.string().nullable().describe("Where the model provider tells it."),
    usage: z.looseObject({
      input_tokens: count.describe("Without those of a cache."),
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
      output_tokens: count,
      cost: credits.describe("In credits."),
    }),
  })
  .describe("Anthropic's message.");

export const tokenCountView = z
  .object({ input_tokens: count.describe("An estimate, above the vendor's count as a rule.") })
  .describe("The tokens of a prompt.");
