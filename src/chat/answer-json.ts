import type { StoredResponse } from "../account/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import { type Deadline, readText, toFailure } from "../upstream/index.ts";
import { type ActiveChat, costInCredits, measureChat, usageHeaders } from "./answer.ts";
import { extractText, isObject, type MeasuredUsage, withoutVendorPrices } from "./measure-usage.ts";

/**
 * A reply longer than this is not read: it is parsed in memory, which is for all that ride in an
 * isolate. Streams have no such end.
 */
const REPLY_BYTES_MAX = 8_388_608;

interface Completion {
  readonly choices: readonly { readonly message?: unknown }[];
  readonly usage?: object | null;
}

/**
 * What is relied on of a reply: without a choice it is none. Everything else is the vendor's, and
 * is passed on.
 */
const isCompletion = (json: unknown): json is Completion =>
  isObject(json) &&
  Array.isArray(json["choices"]) &&
  json["choices"].length > 0 &&
  json["choices"].every(isObject) &&
  (json["usage"] === undefined || json["usage"] === null || isObject(json["usage"]));

/** A whole reply, measured, and ready to be sent. */
export interface JsonAnswer {
  readonly measured: MeasuredUsage | null;
  readonly response: StoredResponse;
}

const invalidCompletion = () =>
  fail(
    "upstream_error",
    "The model's seller sent something that is not a completion. Nothing was charged.",
  );

const replyTooLong = () =>
  fail("upstream_error", "The reply is too long to be sent whole. Nothing was charged; stream it.");

/** OpenAI's usage for a reply that came without one that can be believed. */
const toOpenAiUsage = ({ usage }: MeasuredUsage) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
});

/** Reads an upstream's whole reply, and adds what it costs as `usage.cost` (credits). */
export async function answerJson(
  chat: ActiveChat,
  upstream: Response,
  deadline: Deadline,
): Promise<Result<JsonAnswer>> {
  let json: unknown;
  try {
    const { text, whole } = await readText(upstream, REPLY_BYTES_MAX, () => deadline.touch());
    if (!whole) return replyTooLong();
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return invalidCompletion();
    return {
      ok: false,
      failure: toFailure(deadline.signal.aborted ? deadline.signal.reason : error),
    };
  }
  if (!isCompletion(json)) return invalidCompletion();
  const { choices, usage } = json;
  const measured = measureChat(chat, usage ?? undefined, {
    get text() {
      return choices.map((choice) => extractText(choice.message)).join("");
    },
  });
  const cost = costInCredits(chat, measured);
  const vendorUsage = withoutVendorPrices(usage ?? {});
  const reportedUsage =
    measured?.estimated === true ? { ...vendorUsage, ...toOpenAiUsage(measured) } : vendorUsage;
  // The vendor's own object, so that its fields keep their order.
  const body = JSON.stringify({ ...json, usage: { ...reportedUsage, cost } });
  // What is held comes back but for the cost.
  const balance = toCredits(
    chat.hold.availableMicrocredits + chat.hold.terms.amountMicrocredits - toMicrocredits(cost),
  );
  const headers = {
    "content-type": "application/json",
    "x-farebox-cost": String(cost),
    ...usageHeaders(chat, balance),
  };
  return ok({ measured, response: { status: 200, headers, body } });
}
