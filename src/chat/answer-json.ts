import type { StoredResponse } from "../account/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import { type Deadline, readText, toFailure } from "../upstream/index.ts";
import { costInCredits, measureChat, usageHeaders } from "./answer.ts";
import { extractText, isObject, type MeasuredUsage, withoutVendorPrices } from "./measure-usage.ts";
import type { ActiveChat, Completion } from "./types.ts";

/**
 * A longer reply is not read: it is parsed in memory, which all chats of an isolate share. Streams
 * have no such limit.
 */
const REPLY_BYTES_MAX = 8_388_608;

/** A vendor's completion, as it came. */
interface VendorCompletion extends Omit<Completion, "usage"> {
  readonly usage?: object | null;
}

/**
 * Returns whether a reply has all that is relied on: one choice at least. Everything else is the
 * vendor's, and is passed on.
 */
const isCompletion = (json: unknown): json is VendorCompletion =>
  isObject(json) &&
  Array.isArray(json["choices"]) &&
  json["choices"].length > 0 &&
  json["choices"].every(isObject) &&
  (json["usage"] === undefined || json["usage"] === null || isObject(json["usage"]));

/** A whole reply, measured, and ready to be sent. */
interface JsonAnswer {
  readonly measured: MeasuredUsage | null;
  readonly completion: Completion;
  readonly response: StoredResponse;
}

const invalidCompletion = () =>
  fail(
    "upstream_error",
    "The model's seller sent something that is not a completion. Nothing was charged.",
  );

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
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
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
  const completion = { ...json, usage: { ...reportedUsage, cost } };
  // Written before anything is charged: writing fails where the reply is nested too deeply.
  const response = { status: 200, headers, body: JSON.stringify(completion) };
  return ok({ measured, completion, response });
}
