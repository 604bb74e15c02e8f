import { parseVendorError } from "../upstream/index.ts";
import { isObject } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a vendor's `error` is one: some send an empty one with every reply that goes well.
 */
const isVendorError = (error: unknown): boolean =>
  isObject(error)
    ? Object.keys(error).length > 0
    : error === true || (typeof error === "number" && error !== 0) || isText(error);

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/**
 * OpenRouter's word for a reply that an error ended; here for every way in which vendors report
 * one.
 */
export const FINISH_REASON_ERROR = "error";

/** The words of OpenRouter, Zhipu and DeepSeek for a reply that an error ended. */
const ERROR_FINISHES = new Set([
  FINISH_REASON_ERROR,
  "network_error",
  "insufficient_system_resource",
]);

const endsInError = ({ finish_reason: reason }: Json): boolean =>
  typeof reason === "string" && ERROR_FINISHES.has(reason.toLowerCase());

/** Whether a choice, or the message in it, reports an error. */
const choiceReportsError = (choice: Json): boolean =>
  endsInError(choice) ||
  [choice["message"], choice["delta"]].some(
    (each) => isObject(each) && isVendorError(each["error"]),
  );

/** Fields that have a reply in them. What has none of them and has words is an error. */
const REPLY_FIELDS = [
  "choices",
  "candidates",
  "content",
  "delta",
  "output",
  "output_text",
  "response",
  "result",
  "text",
  "generated_text",
  "completion",
  "data",
];

/** Whether a reply says that it is an error, other than by its `error`. */
const saysError = (json: Json): boolean => {
  const { type, object, status, base_resp: base, errors } = json;
  if (type === "error" || object === "error" || type === "response.failed") return true;
  // MiniMax sends its status with every reply.
  if (isObject(base) && isVendorError(base["status_code"])) return true;
  if (Array.isArray(errors) && errors.length > 0) return true;
  if (status === "error" || status === "failed") return true;
  const hasReply = REPLY_FIELDS.some((name) => (json[name] ?? null) !== null);
  return !hasReply && !isObject(json["message"]) && parseVendorError(json).message !== null;
};

const choicesOf = ({ choices }: Json): readonly Json[] =>
  Array.isArray(choices) ? choices.filter(isObject) : [];

/**
 * Whether a reply, or a frame of one, reports an error as OpenAI or OpenRouter does, whose clients
 * look for it.
 */
export const reportsPlainError = (json: Json): boolean =>
  isVendorError(json["error"]) ||
  choicesOf(json).some(
    (choice) => isVendorError(choice["error"]) || choice["finish_reason"] === FINISH_REASON_ERROR,
  );

/**
 * Whether a reply, or a frame of one, reports an error: by itself (OpenAI, Anthropic, vLLM, Ollama,
 * Cloudflare, MiniMax, Alibaba, FastAPI), or in a choice (OpenRouter, Zhipu, DeepSeek).
 */
export const reportsError = (json: Json): boolean =>
  reportsPlainError(json) ||
  endsInError(json) ||
  choicesOf(json).some(choiceReportsError) ||
  saysError(json);
