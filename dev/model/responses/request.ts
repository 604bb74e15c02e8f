import { z } from "zod";
import { badRequest, type ChatRequest, invalidRequest, type RequestError } from "../request.ts";
import { isSealed } from "./sealed.ts";

const inputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal("input_image"),
  image_url: z.string().nullish(),
  file_id: z.string().nullish(),
  detail: z.enum(["low", "high", "auto", "original"]).optional(),
});
const inputFile = z.strictObject({
  type: z.literal("input_file"),
  filename: z.string().optional(),
  file_data: z.string().optional(),
  file_url: z.string().optional(),
  file_id: z.string().nullish(),
});
const outputText = z.looseObject({ type: z.literal("output_text"), text: z.string() });
const refusal = z.strictObject({ type: z.literal("refusal"), refusal: z.string() });
const inputPart = z.discriminatedUnion("type", [inputText, inputImage, inputFile]);
const said = z.discriminatedUnion("type", [outputText, refusal]);

const status = z.enum(["in_progress", "completed", "incomplete"]).nullish();
const id = z.string().nullish();
const type = z.literal("message").optional();
const message = z.union([
  z.strictObject({
    type,
    id,
    status,
    role: z.enum(["user", "system", "developer"]),
    content: z.union([z.string(), z.array(inputPart)]),
  }),
  z.strictObject({
    type,
    id,
    status,
    phase: z.string().nullish(),
    role: z.literal("assistant"),
    content: z.union([z.string(), z.array(said)]),
  }),
]);
const callId = z.string().min(1).max(64);
const output = z.union([z.string(), z.array(inputPart)]);
const functionCall = z.strictObject({
  type: z.literal("function_call"),
  id,
  status,
  call_id: callId,
  name: z.string(),
  arguments: z.string(),
});
const customCall = functionCall
  .omit({ arguments: true })
  .extend({ type: z.literal("custom_tool_call"), input: z.string() });
const callOutput = z.strictObject({
  type: z.enum(["function_call_output", "custom_tool_call_output"]),
  id,
  status,
  call_id: callId,
  output,
});
const reasoningItem = z.strictObject({
  type: z.literal("reasoning"),
  id,
  status,
  summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
  content: z.array(z.looseObject({ text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
});
const item = z.union([message, functionCall, customCall, callOutput, reasoningItem]);
type Item = z.infer<typeof item>;

const tool = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("function"),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
    description: z.string().nullish(),
    parameters: z.looseObject({}).nullable(),
    strict: z.boolean().nullable(),
  }),
  z.strictObject({
    type: z.literal("custom"),
    name: z.string(),
    description: z.string().optional(),
    format: z.looseObject({ type: z.enum(["text", "grammar"]) }).optional(),
  }),
]);

const responsesRequest = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(item)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  store: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  tools: z.array(tool).optional(),
  tool_choice: z
    .union([
      z.enum(["auto", "none"]),
      z.strictObject({ type: z.enum(["function", "custom"]), name: z.string() }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullish(),
      summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      generate_summary: z.enum(["auto", "concise", "detailed"]).nullish(),
    })
    .nullish(),
  text: z
    .strictObject({
      // The local model writes plain text only.
      format: z.strictObject({ type: z.literal("text") }).optional(),
      verbosity: z.enum(["low", "medium", "high"]).nullish(),
    })
    .optional(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.literal(0, "the local model has no logprobs").nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().optional(),
  safety_identifier: z.string().optional(),
  prompt_cache_key: z.string().optional(),
  service_tier: z.string().nullish(),
  max_tool_calls: z.int().nullish(),
});
type ResponsesRequest = z.infer<typeof responsesRequest>;

/** A request as the model reads it: the chat that it is, and how it thinks. */
export interface ReadRequest {
  readonly chat: ChatRequest;
  readonly thinks: boolean;
  readonly showsSummary: boolean;
  readonly sealsThoughts: boolean;
}

const listItems = ({ input }: ResponsesRequest): readonly Item[] =>
  typeof input === "string" ? [{ role: "user", content: input }] : input;

/** Finds a fault in how the items belong together. */
function findFault(request: ResponsesRequest): RequestError | null {
  const items = listItems(request);
  if (items.length === 0) return badRequest("input: must not be empty", "input");
  const calls = items.flatMap((each) =>
    each.type === "function_call" || each.type === "custom_tool_call" ? [each.call_id] : [],
  );
  const outputs = items.flatMap((each) =>
    each.type === "function_call_output" || each.type === "custom_tool_call_output"
      ? [each.call_id]
      : [],
  );
  const open = calls.find((call) => !outputs.includes(call));
  if (open !== undefined)
    return badRequest(`No tool output found for function call ${open}.`, "input");
  const stray = outputs.find((each) => !calls.includes(each));
  if (stray !== undefined)
    return badRequest(
      `No tool call found for function call output with call_id ${stray}.`,
      "input",
    );
  for (const [at, each] of items.entries())
    if (each.type === "reasoning" && typeof each.encrypted_content === "string") {
      if (isSealed(each.encrypted_content)) continue;
      const words = "The encrypted content could not be verified.";
      return badRequest(words, `input[${at}].encrypted_content`, "invalid_encrypted_content");
    }
  return null;
}

const textOf = (content: string | readonly object[]): string =>
  typeof content === "string"
    ? content
    : content.map((part) => ("text" in part ? String(part.text) : "")).join("\n");

/** Writes what the prompt has as the texts of a chat, by which it is counted. */
function toChat(request: ResponsesRequest): ChatRequest {
  const { model, instructions, max_output_tokens, stream, tools, tool_choice } = request;
  const functions = (tools ?? []).filter(({ type: kind }) => kind === "function");
  const messages = listItems(request).flatMap((each): ChatRequest["messages"] => {
    switch (each.type) {
      case "function_call":
      case "custom_tool_call":
        return [{ role: "assistant", content: null, tool_calls: [each] }];
      case "function_call_output":
      case "custom_tool_call_output":
        return [{ role: "tool", content: textOf(each.output) }];
      case "reasoning":
        return [];
      case "message":
      case undefined:
        return [{ role: each.role, content: textOf(each.content) }];
    }
  });
  const told = instructions ?? "";
  return {
    model,
    max_completion_tokens: max_output_tokens,
    stream,
    ...(functions.length === 0 || tool_choice === "none"
      ? {}
      : { tools: functions.map((each) => ({ type: "function" as const, function: each })) }),
    messages: [...(told === "" ? [] : [{ role: "system" as const, content: told }]), ...messages],
  };
}

/**
 * Reads a request of OpenAI's Responses API, and refuses what OpenAI refuses
 * (https://platform.openai.com/docs/api-reference/responses/create). Nothing is stored: a request
 * that asks for it is refused.
 */
export function readResponsesRequest(rawBody: string): ReadRequest | RequestError {
  let json: unknown;
  try {
    json = JSON.parse(rawBody);
  } catch {
    return badRequest("We could not parse the JSON body of your request.", null);
  }
  const parsed = responsesRequest.safeParse(json);
  if (!parsed.success) return invalidRequest(parsed.error);
  const fault = findFault(parsed.data);
  if (fault !== null) return fault;
  const { reasoning, include, store } = parsed.data;
  if (store !== false)
    return badRequest("The local model stores nothing: send store: false.", "store");
  const effort = reasoning?.effort ?? "none";
  return {
    chat: toChat(parsed.data),
    thinks: effort !== "none",
    showsSummary: (reasoning?.summary ?? reasoning?.generate_summary ?? null) !== null,
    sealsThoughts: include?.includes("reasoning.encrypted_content") === true,
  };
}
