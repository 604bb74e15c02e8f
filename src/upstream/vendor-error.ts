import type { Failure } from "../errors.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** More of a vendor's words is cut off. */
const MESSAGE_CHARACTERS_MAX = 2000;

/** A vendor's error, in whatever shape it came. */
export interface VendorError {
  readonly message: string | null;
  /** The vendor's word for it, such as `context_length_exceeded`. */
  readonly code: string | null;
  readonly param: string | null;
  /** The HTTP status that it stands for, where the vendor says so. */
  readonly status: number | null;
}

const NO_ERROR: VendorError = { message: null, code: null, param: null, status: null };

const firstText = (...values: readonly unknown[]): string | null =>
  values.find((value) => typeof value === "string" && value !== "")?.toString() ?? null;

const isStatus = (value: unknown): value is number =>
  typeof value === "number" && value >= 400 && value < 600;

/** FastAPI's list of what is wrong: `[{loc: ["body", "messages"], msg: "field required"}]`. */
const readDetails = (details: unknown): string | null =>
  Array.isArray(details)
    ? firstText(
        details
          .filter(isObject)
          .map(({ loc, msg }) => [Array.isArray(loc) ? loc.join(".") : "", msg].join(": "))
          .join("; "),
      )
    : null;

function readError(error: unknown): VendorError {
  if (typeof error === "string") return { ...NO_ERROR, message: error };
  if (!isObject(error)) return NO_ERROR;
  const { message, msg, detail, param, code, type, status, status_code } = error;
  const { error_msg, status_msg } = error;
  // Some send Google's or gRPC's word as the status, and a number as the code.
  const word = [code, type, status].find((value) => typeof value === "string" && value !== "");
  return {
    message: firstText(
      message,
      msg,
      detail,
      readDetails(detail),
      error["error"],
      error_msg,
      status_msg,
    ),
    code: typeof word === "string" && /^[A-Za-z][\w.-]{0,63}$/.test(word) ? word : null,
    param: typeof param === "string" && param.length <= 200 ? param : null,
    status: [code, status, status_code].find(isStatus) ?? null,
  };
}

/**
 * Parses a vendor's error: `{error: {message, code, param}}` (OpenAI), the same within a list
 * (Gemini) or without `error` (vLLM, Mistral), `{error: "…"}` (Ollama), `{detail}` (FastAPI),
 * `{errors: [{message}]}` (Cloudflare), `{base_resp: {status_msg}}` (MiniMax), `{error_msg}`
 * (Baidu), or an error in a choice (OpenRouter). All of it is null where there is none.
 */
export function parseVendorError(json: unknown): VendorError {
  const [reply = json] = Array.isArray(json) ? json : [];
  if (!isObject(reply)) return readError(reply);
  const { error, errors, base_resp: base, response, choices } = reply;
  if (isObject(error) || (typeof error === "string" && error !== "")) {
    const read = readError(error);
    return read.message === null ? { ...read, message: readError(reply).message } : read;
  }
  if (Array.isArray(errors) && errors.length > 0) return readError(errors[0]);
  // MiniMax sends it with each reply: 0 is success.
  if (isObject(base)) return base["status_code"] === 0 ? NO_ERROR : readError(base);
  // A failed event of OpenAI's Responses, and a choice that an error ended.
  const inside = [response, ...(Array.isArray(choices) ? choices : [])]
    .filter(isObject)
    .find((each) => isObject(each["error"]) || typeof each["error"] === "string");
  if (inside !== undefined) return readError(inside["error"]);
  return readError(reply);
}

/** Parses a vendor's error from the body of a reply: words that are not JSON are the message. */
export function parseVendorErrorText(text: string): VendorError {
  try {
    return parseVendorError(JSON.parse(text));
  } catch {
    const isPlain = text !== "" && !/^\s*</.test(text);
    return isPlain ? { ...NO_ERROR, message: text.trim() } : NO_ERROR;
  }
}

/** The words of vendors for a prompt that does not fit, where they have no code for it. */
const TOO_LONG = new RegExp(
  [
    "context[_ ]?(length|window|size)",
    "maximum context",
    "prompt is too long",
    "too many (input )?tokens",
    "exceeds? the (model's )?(maximum|limit)[^.]*tokens",
  ].join("|"),
  "i",
);

/** Statuses with which vendors refuse the request itself. */
const REQUEST_REFUSED: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** Statuses that may be about the request, or about the operator's account or settings. */
const MAYBE_REFUSED: ReadonlySet<number> = new Set([403, 404, 409, 451]);
/** The words of vendors about an operator's account, key, or name of a model. */
const OPERATORS_OWN = new RegExp(
  [
    "api[ _-]?key|credential|unauthori[sz]ed|permission|access denied|forbidden|not allowed to",
    "billing|balance|quota|account|organi[sz]ation|project|subscription|deployment",
    "\\bmodels?\\b[^.]*(not found|not exist|unknown|not available|deprecated)",
    "(not found|no such|unknown|invalid) model|model_not_found",
  ].join("|"),
  "i",
);

const wordsOf = ({ code, message }: VendorError): string => [code, message].join(" ");

const isCallersOwn = (status: number, error: VendorError): boolean =>
  REQUEST_REFUSED.has(status) ||
  (MAYBE_REFUSED.has(status) && error.message !== null && !OPERATORS_OWN.test(wordsOf(error)));

/**
 * Converts a vendor's refusal of the caller's own request to a failure with the vendor's words and
 * code. Null for everything else, which is between the operator and the vendor.
 */
export function toRequestFailure(status: number, error: VendorError): Failure | null {
  if (!isCallersOwn(status, error)) return null;
  const { message, code, param } = error;
  const vendorCode =
    code !== null &&
    !/^(invalid_(request(_error)?|argument)|bad_?request(_?error)?|error)$/i.test(code)
      ? code
      : undefined;
  return {
    code: "invalid_request",
    message:
      message?.slice(0, MESSAGE_CHARACTERS_MAX) ?? "The model provider rejected the request.",
    param: param ?? undefined,
    vendorCode: TOO_LONG.test(wordsOf(error)) ? "context_length_exceeded" : vendorCode,
  };
}
