import { errorBody } from "../http/respond.ts";
import { findUsage } from "./find-usage.ts";
import { saysFinish } from "./frames.ts";
import { readReplyText } from "./reply-text.ts";
import { reportsError, reportsPlainError } from "./reported-error.ts";
import { isCount, isObject, readVendorCount } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a reply shows in place of what would name its vendor. */
export interface Cover {
  /** The id of the reply, where the vendor's own is not in OpenAI's form. */
  readonly id: string;
  /** The model's name, as the client asked for it. */
  readonly model: string;
  /** When the reply was asked for, in seconds since 1970. */
  readonly created: number;
  /** Whether a surface reads which stop sequence ended a choice. */
  readonly keepsStop?: boolean;
}

/** How a reply is shown. */
interface Shown extends Cover {
  readonly form: "whole" | "chunk";
  /** Whether `cost` in its usage is Farebox's own. */
  readonly showsCost: boolean;
}

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** The fields of OpenAI's completion that clients read. A vendor's other fields are left out. */
const COMPLETION_FIELDS = names("id object created model choices usage obfuscation");
const CHOICE_FIELDS = names("index message delta text finish_reason logprobs");
/** Names of the stop sequence that ended a choice. */
const STOP_FIELDS = names("stop_reason matched_stop");
/** Among them vendors' several names of what a model thinks. */
const MESSAGE_FIELDS = names(`
  role content refusal tool_calls function_call annotations audio images
  reasoning reasoning_content reasoning_text reasoning_details thinking thinking_blocks
`);
const TOOL_CALL_FIELDS = names("index id type function custom");
/** Not `format` and `id`: both say whose thoughts they are. */
const THOUGHT_FIELDS = names("type index text summary thinking data signature");
const USAGE_FIELDS = names(`
  prompt_tokens completion_tokens total_tokens prompt_tokens_details completion_tokens_details
`);
/** Farebox's own part of it. */
const OWN_USAGE_FIELDS = names("cost generation_id");
const COUNT_FIELDS = names(`
  cached_tokens cache_write_tokens audio_tokens text_tokens image_tokens reasoning_tokens
  accepted_prediction_tokens rejected_prediction_tokens
`);

const pick = (json: Json, fields: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(json).filter(([name]) => fields.has(name)));

const pickOf = (value: unknown, fields: ReadonlySet<string>): unknown =>
  isObject(value) ? pick(value, fields) : value;

const pickEach = (list: unknown, fields: ReadonlySet<string>): unknown =>
  Array.isArray(list) ? list.map((each: unknown) => pickOf(each, fields)) : list;

/** Replaces a field where it is. */
const map = (json: Record<string, unknown>, name: string, to: (value: unknown) => unknown) => {
  if (name in json) json[name] = to(json[name]);
};

/** Farebox's words in place of an error of the vendor's. */
const { error: ERROR } = errorBody(
  { code: "upstream_error", message: "The model provider ended this reply with an error." },
  "",
);

/** The frame of such an error. */
export const ERROR_FRAME = `data: ${JSON.stringify({ error: ERROR })}\n\n`;

const showError = (json: Json): Json =>
  "error" in json && reportsPlainError({ error: json["error"] }) ? { error: ERROR } : {};

const showMessage = (message: unknown): unknown => {
  if (!isObject(message)) return message;
  const shown = pick(message, MESSAGE_FIELDS);
  map(shown, "tool_calls", (calls) => pickEach(calls, TOOL_CALL_FIELDS));
  for (const field of ["reasoning_details", "thinking_blocks"])
    map(shown, field, (thoughts) => pickEach(thoughts, THOUGHT_FIELDS));
  return shown;
};

const showChoice = (choice: unknown, keepsStop: boolean): unknown => {
  if (!isObject(choice)) return choice;
  const shown = pick(choice, CHOICE_FIELDS);
  if (keepsStop) Object.assign(shown, pick(choice, STOP_FIELDS));
  map(shown, "message", showMessage);
  map(shown, "delta", showMessage);
  return { ...shown, ...showError(choice) };
};

/** Shows a count in OpenAI's names, whatever the vendor's are. */
function showUsage(usage: Json, showsCost: boolean): Json {
  const cost = showsCost ? pick(usage, OWN_USAGE_FIELDS) : {};
  const shown = pick(usage, USAGE_FIELDS);
  for (const details of ["prompt_tokens_details", "completion_tokens_details"])
    map(shown, details, (counts) => pickOf(counts, COUNT_FIELDS));
  if ("prompt_tokens" in shown || "completion_tokens" in shown) return { ...shown, ...cost };
  const most = Number.MAX_SAFE_INTEGER;
  const { input, output, cachedInput } = readVendorCount(usage, {
    maxInput: most,
    maxOutput: most,
  });
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: (input ?? 0) + (output ?? 0),
    prompt_tokens_details: { cached_tokens: cachedInput },
    ...cost,
  };
}

/** Finds a reply's usage, with the cost that was put beside it. */
function readUsage(json: Json): Json | undefined {
  if (isObject(json["usage"])) return json["usage"];
  const usage = findUsage(json);
  // Ollama's own count is in fields of the reply itself, and so is what is put beside it.
  return isCount(json["eval_count"]) ? { ...usage, ...pick(json, OWN_USAGE_FIELDS) } : usage;
}

/** Reads the text of a reply in the fields that vendors have for it, and in no others. */
const readKnownText = (json: Json): string => readReplyText({ ...json, choices: [] });

/** Builds the choice of a reply in another vendor's shape. Null where it says nothing. */
function toChoice(json: Json, form: Shown["form"]): Json | null {
  const text = reportsError(json) ? "" : readKnownText(json);
  const isFinish = saysFinish(json);
  if (form === "chunk" && text === "" && !isFinish) return null;
  const finish = { finish_reason: form === "whole" || isFinish ? "stop" : null };
  const said = text === "" && form === "chunk" ? {} : { role: "assistant", content: text };
  return { index: 0, [form === "whole" ? "message" : "delta"]: said, ...finish };
}

const showId = (id: unknown, cover: string): string =>
  typeof id === "string" && id.startsWith("chatcmpl-") ? id : cover;

/**
 * Returns a reply, or a frame of one, without what would name its vendor: fields that are not in
 * OpenAI's completion, ids, and words of errors. One in another vendor's shape becomes a
 * completion. What the model itself says is not changed. Null where nothing is left to show.
 *
 * It is for showing only: what is charged is read from the reply as it came.
 */
export function hideVendor(json: Json, { form, showsCost, ...cover }: Shown): Json | null {
  const { choices } = json;
  const error = showError(json);
  const counted = readUsage(json);
  const usage = counted === undefined ? {} : { usage: showUsage(counted, showsCost) };
  if (Array.isArray(choices) && (choices.length > 0 || readKnownText(json) === "")) {
    const shown = pick(json, COMPLETION_FIELDS);
    if (choices.length === 0 && counted === undefined && !("error" in error)) return null;
    map(shown, "id", (id) => showId(id, cover.id));
    map(shown, "model", () => cover.model);
    return {
      ...shown,
      choices: choices.map((choice) => showChoice(choice, cover.keepsStop === true)),
      ...usage,
      ...error,
    };
  }
  const choice = toChoice(json, form);
  if ("error" in error && choice === null) return error;
  if (choice === null && counted === undefined) return null;
  return {
    id: cover.id,
    object: form === "whole" ? "chat.completion" : "chat.completion.chunk",
    created: cover.created,
    model: cover.model,
    choices: choice === null ? [] : [choice],
    ...usage,
    ...error,
  };
}
