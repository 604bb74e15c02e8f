import type { StoredResponse } from "../account/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import {
  type Deadline,
  readText,
  readVendorError,
  toFailure,
  type Upstream,
} from "../upstream/index.ts";
import { costInCredits, measureChat, usageHeaders } from "./answer.ts";
import { isVendorError, reportsError } from "./frames.ts";
import { parseLossless } from "./lossless-json.ts";
import { extractText, type MeasuredUsage, withoutVendorPrices } from "./measure-usage.ts";
import type { ActiveChat, Completion } from "./types.ts";
import { findUsage, isObject } from "./vendor-usage.ts";

/**
 * A longer reply is not read: it is parsed in memory, which all chats of an isolate share. Streams
 * have no such limit.
 */
const REPLY_BYTES_MAX = 8_388_608;

/** A vendor's completion, as it came. */
interface VendorCompletion extends Readonly<Record<string, unknown>> {
  readonly choices: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Returns whether a reply has all that is relied on: one choice at least. Everything else is the
 * vendor's, and is passed on.
 */
const isCompletion = (json: unknown): json is VendorCompletion =>
  isObject(json) &&
  Array.isArray(json["choices"]) &&
  json["choices"].length > 0 &&
  json["choices"].every(isObject);

/** A whole reply, measured, and ready to be sent. */
interface JsonAnswer {
  readonly measured: MeasuredUsage | null;
  readonly completion: Completion;
  readonly response: StoredResponse;
  /** Whether the vendor says that an error ended it: then the next request asks anew. */
  readonly endedInError: boolean;
}

const invalidCompletion = () =>
  fail(
    "upstream_error",
    "The model's seller sent something that is not a completion. Nothing was charged.",
  );

/** Returns the error that a vendor reports inside of a reply with status 200, if there is one. */
const errorInside = (json: unknown, upstream: Upstream) =>
  isObject(json) && isVendorError(json["error"])
    ? ({ ok: false, failure: readVendorError(json, upstream) } as const)
    : null;

const replyTooLong = () =>
  fail("upstream_error", "The reply is too long to be sent whole. Nothing was charged; stream it.");

/** Builds OpenAI's usage for a reply whose own is missing or not believable. */
const toOpenAiUsage = ({ usage }: MeasuredUsage) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
});

/** Reads an upstream's whole reply, and adds its cost as `usage.cost` (credits). */
export async function answerJson(
  chat: ActiveChat,
  response: Response,
  upstream: Upstream,
  deadline: Deadline,
): Promise<Result<JsonAnswer>> {
  let json: unknown;
  try {
    const { text, whole } = await readText(response, REPLY_BYTES_MAX, () => deadline.touch());
    if (!whole) return replyTooLong();
    json = parseLossless(text);
  } catch (error) {
    if (error instanceof SyntaxError) return invalidCompletion();
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
  }
  if (!isCompletion(json)) return errorInside(json, upstream) ?? invalidCompletion();
  const { choices } = json;
  const usage = findUsage(json);
  const reply = {
    get text() {
      return choices
        .map(({ message, delta, text }) => extractText(message ?? delta ?? text))
        .join("");
    },
  };
  const endedInError = reportsError(json) || choices.some(reportsError);
  if (endedInError && reply.text === "")
    return errorInside(json, upstream) ?? errorInside(choices[0], upstream) ?? invalidCompletion();
  const measured = measureChat(chat, usage, reply);
  const cost = costInCredits(chat, measured);
  const vendorUsage = withoutVendorPrices(usage ?? {});
  const reportedUsage =
    measured?.estimated === true ? { ...vendorUsage, ...toOpenAiUsage(measured) } : vendorUsage;
  // The hold goes back to the balance, but for the cost.
  const { availableMicrocredits, terms } = chat.hold;
  const balance = toCredits(
    availableMicrocredits + terms.amountMicrocredits - toMicrocredits(cost),
  );
  const headers = {
    "content-type": "application/json",
    "x-farebox-cost": String(cost),
    ...usageHeaders(chat, balance),
  };
  // The vendor's own object, so that its fields keep their order.
  const completion: Completion = { ...json, usage: { ...reportedUsage, cost } };
  // Written before anything is charged: writing fails where the reply is nested too deeply.
  const stored = { status: 200, headers, body: JSON.stringify(completion) };
  return ok({ measured, completion, response: stored, endedInError });
}
