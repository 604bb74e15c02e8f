import { z } from "zod";
import type { NativeRequest } from "../../chat/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { parseAt, refuseField } from "../core/parse-at.ts";
import { addItem } from "./input-items.ts";
import { listNamespaces } from "./namespaces.ts";
import { toResponseFormat } from "./text-format.ts";
import { toChatToolChoice, toChatTools } from "./tools.ts";
import { TranscriptBuilder } from "./transcript-builder.ts";

type Fields = Readonly<Record<string, unknown>>;

const reasoning = z.looseObject({
  effort: z.string().nullish(),
  summary: z.string().nullish(),
  generate_summary: z.string().nullish(),
});

/** OpenAI's request. What it has beside is passed on for the settings of the upstream to judge. */
export const responsesBody = z.looseObject({
  model: z.string().min(1).max(200),
  input: z.union([z.string(), z.array(z.unknown())], {
    error: "must be a string or a list of items",
  }),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({}).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({})]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .looseObject({ format: z.unknown().optional(), verbosity: z.string().nullish() })
    .nullish(),
  reasoning: reasoning.nullish(),
  include: z.array(z.string()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
});
type ResponsesBody = z.infer<typeof responsesBody>;

/** A request for a response, as the chat that it asks for. */
export interface TranslatedRequest {
  readonly chat: Fields;
  /** The request itself, for an upstream that speaks this API. */
  readonly native?: NativeRequest;
  readonly stream: boolean;
  /**
   * Whether what the model thinks is shown as a summary, which all clients read. One that says how
   * the model shall think, and asks for no summary, gets it as text of its own.
   */
  readonly showsSummary: boolean;
  /** The groups of functions that the client has. */
  readonly namespaces: readonly string[];
  /** The fields that the response repeats. */
  readonly echo: Fields;
  /** The place of the item that each message of the chat begins with. */
  readonly places: readonly string[];
}

const NOT_KEPT = "Nothing is stored here. Send the whole conversation as input.";

/** Fields that ask for what is not offered, each with what to do instead. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  previous_response_id: NOT_KEPT,
  conversation: NOT_KEPT,
  background: "Responses are not made in the background. Leave it out, or stream.",
  prompt: "Prompt templates are not stored here. Send instructions and input.",
  context_management: "The context is not managed here. Leave it out.",
};

/** Fields of chat completions, each with its name in this API. */
const CHAT_FIELDS: Readonly<Record<string, string>> = {
  messages: "input",
  max_tokens: "max_output_tokens",
  max_completion_tokens: "max_output_tokens",
  response_format: "text.format",
  reasoning_effort: "reasoning.effort",
  verbosity: "text.verbosity",
  functions: "tools",
  function_call: "tool_choice",
  logprobs: "top_logprobs",
};

/** Fields that the chat has under another name, or not at all: Codex says what it is to OpenAI. */
const TRANSLATED = new Set([
  ...Object.keys(NOT_OFFERED),
  "client_metadata",
  "input",
  "instructions",
  "stream_options",
  "max_output_tokens",
  "max_tool_calls",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "include",
  "metadata",
  "store",
  "truncation",
  "top_logprobs",
]);

/** What may be included: the first two are. The others belong to tools that are not offered. */
const INCLUDABLE = new Set([
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "code_interpreter_call.outputs",
]);
const REASONING_FIELDS = new Set(["effort", "summary", "generate_summary"]);
const STREAM_OPTIONS = new Set(["include_obfuscation", "include_usage"]);

const isAbsent = (value: unknown): value is null | undefined =>
  value === undefined || value === null;

const asksForNothing = (value: unknown): boolean =>
  isAbsent(value) ||
  value === false ||
  value === "" ||
  (Array.isArray(value) && value.length === 0);

/** Finds a field of an object that has none of it, but for what asks for nothing. */
function refuseOthers(fields: Fields | null | undefined, known: ReadonlySet<string>, path: string) {
  const other = Object.entries(fields ?? {}).find(
    ([name, value]) => !known.has(name) && !asksForNothing(value),
  );
  return other === undefined
    ? ok(undefined)
    : refuseField(`${path}.${other[0]}`, "isn't supported, so leave it out.");
}

/** Refuses what is not kept, not offered, or belongs to another API. */
function checkFields(body: ResponsesBody): Result<undefined> {
  for (const [name, instead] of Object.entries(NOT_OFFERED))
    if (!asksForNothing(body[name])) return refuseField(name, `isn't supported. ${instead}`);
  for (const [name, meant] of Object.entries(CHAT_FIELDS))
    if (!asksForNothing(body[name]))
      return refuseField(name, `isn't a field of this API. Did you mean ${meant}?`);
  if (!asksForNothing(body["n"]) && body["n"] !== 1)
    return refuseField("n", "isn't a field of this API: a response is one reply.");
  for (const [at, included] of (body.include ?? []).entries())
    if (!INCLUDABLE.has(included))
      return refuseField(`include.${at}`, `must be one of ${[...INCLUDABLE].join(", ")}`);
  const others = refuseOthers(body.reasoning, REASONING_FIELDS, "reasoning");
  if (!others.ok) return others;
  const more = refuseOthers(body.text, new Set(["format", "verbosity"]), "text");
  return more.ok ? refuseOthers(body.stream_options, STREAM_OPTIONS, "stream_options") : more;
}

function toMessages({ input, instructions }: ResponsesBody) {
  const chat = new TranscriptBuilder();
  if (typeof instructions === "string" && instructions !== "")
    chat.addMessage("system", [{ type: "text", text: instructions }], "instructions");
  if (typeof input === "string") {
    if (input !== "") chat.addMessage("user", [{ type: "text", text: input }], "input");
  } else
    for (const [at, item] of input.entries()) {
      const added = addItem(chat, item, `input.${at}`);
      if (!added.ok) return added;
    }
  const { messages, places } = chat.build();
  return places.every((place) => place === "instructions")
    ? fail("invalid_request", "input: must not be empty", { param: "input" })
    : ok({ messages, places });
}

/** Converts the tools and the choice among them: a choice without tools is none. */
function toToolFields(body: ResponsesBody): Result<Fields> {
  const tools = toChatTools(body.tools ?? []);
  if (!tools.ok) return tools;
  const { tool_choice, parallel_tool_calls } = body;
  if (tools.value.length === 0)
    return asksForNothing(tool_choice) || tool_choice === "auto" || tool_choice === "none"
      ? ok({})
      : refuseField("tool_choice", "is only allowed with tools.");
  const choice = asksForNothing(tool_choice) ? ok(undefined) : toChatToolChoice(tool_choice);
  if (!choice.ok) return choice;
  return ok({
    tools: tools.value,
    ...(choice.value === undefined ? {} : { tool_choice: choice.value }),
    ...(typeof parallel_tool_calls === "boolean" ? { parallel_tool_calls } : {}),
  });
}

const given = (name: string, value: unknown): Fields => (isAbsent(value) ? {} : { [name]: value });

/** The fields of a response that say what was asked for. Nothing is stored. */
const toEcho = (body: ResponsesBody): Fields => ({
  model: body.model,
  background: false,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: body.max_tool_calls ?? null,
  metadata: body.metadata ?? {},
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  previous_response_id: null,
  prompt_cache_key: body.prompt_cache_key ?? null,
  reasoning: {
    effort: body.reasoning?.effort ?? null,
    summary: body.reasoning?.summary ?? body.reasoning?.generate_summary ?? null,
  },
  safety_identifier: body.safety_identifier ?? null,
  service_tier: "default",
  store: false,
  temperature: body.temperature ?? null,
  text: { ...body.text, format: body.text?.format ?? { type: "text" } },
  tool_choice: body.tool_choice ?? "auto",
  tools: body.tools ?? [],
  top_logprobs: body.top_logprobs ?? 0,
  top_p: body.top_p ?? null,
  truncation: "disabled",
  user: body.user ?? null,
});

/** Translates a request for a response into the chat that it asks for. */
export function translateRequest(json: unknown): Result<TranslatedRequest> {
  const parsed = parseAt(responsesBody, json, "");
  if (!parsed.ok) return parsed;
  const body = parsed.value;
  const checked = checkFields(body);
  if (!checked.ok) return checked;
  const chat = toMessages(body);
  if (!chat.ok) return chat;
  const tools = toToolFields(body);
  if (!tools.ok) return tools;
  const format = toResponseFormat(body.text?.format);
  if (!format.ok) return format;
  const { top_logprobs: top, include, reasoning: thinking } = body;
  const wantsLogprobs = (top ?? 0) > 0 || (include ?? []).includes("message.output_text.logprobs");
  const passed = Object.entries(body).filter(([name]) => !TRANSLATED.has(name));
  return ok({
    chat: {
      ...Object.fromEntries(passed),
      messages: chat.value.messages,
      ...tools.value,
      ...given("max_completion_tokens", body.max_output_tokens),
      ...given("response_format", format.value),
      ...given("verbosity", body.text?.verbosity),
      ...given("reasoning_effort", thinking?.effort),
      ...(wantsLogprobs ? { logprobs: true } : {}),
      ...(wantsLogprobs && (top ?? 0) > 0 ? { top_logprobs: top } : {}),
    },
    // Groups of functions have names of their own in a chat.
    ...(listNamespaces(body.tools ?? []).length === 0
      ? { native: { dialect: "responses", body } }
      : {}),
    stream: body.stream === true,
    showsSummary:
      isAbsent(thinking) || !asksForNothing(thinking.summary ?? thinking.generate_summary),
    namespaces: listNamespaces(body.tools ?? []),
    echo: toEcho(body),
    places: chat.value.places,
  });
}
