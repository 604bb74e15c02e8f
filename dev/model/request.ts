import { z } from "zod";

const part = z.looseObject({
  type: z.enum(["text", "image_url", "input_audio", "file", "refusal"]),
  text: z.string().optional(),
});
const content = z.union([z.string(), z.array(part).min(1)]);
const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: content.nullish(),
  tool_calls: z.array(z.unknown()).optional(),
});
const count = z.number().int().min(1);
const tool = z.looseObject({ type: z.enum(["function", "custom"]) });

/**
 * OpenAI's fields that have no effect here. They are listed so that any other field is refused, as
 * OpenAI does.
 */
const IGNORED_FIELDS: ReadonlySet<string> = new Set(
  `audio function_call functions logit_bias metadata modalities moderation parallel_tool_calls
  prediction prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
  safety_identifier seed service_tier store user verbosity web_search_options`.split(/\s+/),
);

const chatRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  n: count.max(128).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().optional(),
      include_obfuscation: z.boolean().optional(),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  tools: z.array(tool).optional(),
  // Requests that this model cannot fulfil are refused rather than ignored.
  tool_choice: z.enum(["none", "auto"], "the local model calls no tools").optional(),
  response_format: z
    .strictObject({ type: z.literal("text", "the local model writes plain text only") })
    .optional(),
  logprobs: z.literal(false, "the local model has no logprobs").nullish(),
  top_logprobs: z.null("the local model has no logprobs").optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

/** An error of a request, in OpenAI's terms. */
export interface RequestError {
  readonly status: 400 | 401 | 404 | 429 | 500 | 503 | 529;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** Returns the body of OpenAI's error response. */
export const errorBody = ({ message, type, param, code }: RequestError) => ({
  error: { message, type, param, code },
});

/** Returns an error about an invalid request. */
export const badRequest = (
  message: string,
  param: string | null,
  code: string | null = null,
): RequestError => ({
  status: 400,
  message,
  type: "invalid_request_error",
  param,
  code,
});

/** Formats a path as OpenAI does: `["messages", 0, "role"]` → `messages[0].role`. */
const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");

/** Describes the first fault of a request, as OpenAI does. */
export function invalidRequest({ issues: [issue] }: z.ZodError): RequestError {
  if (issue?.code === "unrecognized_keys")
    return badRequest(`Unrecognized request argument supplied: ${issue.keys.join(", ")}`, null);
  const path = formatPath(issue?.path ?? []);
  if (path === "") return badRequest("The body of your request must be a JSON object.", null);
  return badRequest(
    `Invalid value for '${path}': ${issue?.message ?? "invalid"}.`,
    path,
    "invalid_value",
  );
}

/**
 * Parses a request's body. Fields that begin with `x_` are ignored, for providers' own extensions.
 */
export function readRequest(rawBody: string): ChatRequest | RequestError {
  let json: unknown;
  try {
    json = JSON.parse(rawBody);
  } catch {
    return badRequest("We could not parse the JSON body of your request.", null);
  }
  const remaining =
    typeof json === "object" && json !== null && !Array.isArray(json)
      ? Object.fromEntries(
          Object.entries(json).filter(
            ([name]) => !IGNORED_FIELDS.has(name) && !name.startsWith("x_"),
          ),
        )
      : json;
  const result = chatRequest.safeParse(remaining);
  return result.success ? result.data : invalidRequest(result.error);
}
