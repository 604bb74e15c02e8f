import type { RelayEnding, StoredResponse } from "../account/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import {
  type Deadline,
  parseLossless,
  type ReplyStart,
  readStart,
  readVendorError,
  toFailure,
  type Upstream,
} from "../upstream/index.ts";
import { costInCredits, measureChat, measureUnread, usageHeaders } from "./answer.ts";
import { findUsage } from "./find-usage.ts";
import { hideVendor } from "./hide-vendor.ts";
import { joinCompletion } from "./joined-completion.ts";
import { type MeasuredUsage, withoutVendorPrices } from "./measure-usage.ts";
import type { RelaySurroundings } from "./relay.ts";
import { relayUnread } from "./relay-unread.ts";
import { readReplyText } from "./reply-text.ts";
import { reportsError } from "./reported-error.ts";
import type { ActiveChat, Completion } from "./types.ts";
import { hasCount, isObject } from "./vendor-usage.ts";

/**
 * A longer reply is passed on unread: what is read is parsed in memory, which all chats of an
 * isolate share.
 */
const REPLY_BYTES_MAX = 8_388_608;

/** A whole reply that was read and measured, ready to be sent. */
interface ReadAnswer {
  readonly kind: "read";
  readonly measured: MeasuredUsage;
  readonly completion: Completion;
  /** The completion as the client sees it. */
  readonly shown: Completion;
  readonly response: StoredResponse;
  /** Whether the vendor says that an error ended it: then the next request asks anew. */
  readonly endedInError: boolean;
}

/** A whole reply that is passed on unread. It is measured at its end. */
interface UnreadAnswer {
  readonly kind: "unread";
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: ReadableStream<Uint8Array>;
  readonly ended: Promise<{ readonly ending: RelayEnding; readonly measured: MeasuredUsage }>;
}

const invalidCompletion = () =>
  fail(
    "upstream_error",
    "The model provider sent an invalid response. You weren't charged. Try again.",
  );

/** Returns the error that a vendor reports inside of a reply with status 200, if there is one. */
const errorInside = (json: unknown, upstream: Upstream) =>
  isObject(json) && reportsError(json)
    ? ({ ok: false, failure: readVendorError(json, upstream) } as const)
    : null;

/** Builds OpenAI's usage for a reply whose own is missing or not believable. */
const toOpenAiUsage = ({ usage }: MeasuredUsage) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
});

/** Parses a whole reply. Some vendors stream it all the same, or send a stream's list. */
function parseReply(text: string): unknown {
  try {
    const json = parseLossless(text);
    return Array.isArray(json) ? joinCompletion(text) : json;
  } catch (error) {
    if (error instanceof SyntaxError) return joinCompletion(text);
    throw error;
  }
}

/** Passes a reply on unread. */
function answerUnread(
  chat: ActiveChat,
  start: ReplyStart,
  surroundings: RelaySurroundings,
): UnreadAnswer {
  const { stream, ended } = relayUnread(start, surroundings);
  return {
    kind: "unread",
    headers: {
      "content-type": "application/json",
      ...usageHeaders(chat, toCredits(chat.hold.availableMicrocredits)),
    },
    stream,
    ended: ended.then(({ ending, usage }) => ({ ending, measured: measureUnread(chat, usage) })),
  };
}

/** Returns a completion as the client sees it: without what would name its vendor. */
function showCompletion(completion: Completion, cover: ActiveChat["cover"]): Completion {
  if (cover === undefined) return completion;
  const { cost, generation_id } = completion.usage;
  const shown = hideVendor(completion, { ...cover, form: "whole", showsCost: true });
  const usage = isObject(shown?.["usage"]) ? shown["usage"] : {};
  return { ...shown, usage: { ...usage, cost, generation_id } };
}

/** Measures a reply, and adds its cost (credits) and its id to its `usage`. */
function answerRead(
  chat: ActiveChat,
  json: Readonly<Record<string, unknown>>,
  upstream: Upstream,
): Result<ReadAnswer> {
  const choices = Array.isArray(json["choices"]) ? json["choices"].filter(isObject) : [];
  const usage = findUsage(json);
  const reply = {
    get text() {
      return readReplyText(json);
    },
  };
  const endedInError = reportsError(json);
  const isNothing = choices.length === 0 && !hasCount(usage) && reply.text === "";
  if (isNothing || (endedInError && (choices.length === 0 || reply.text === "")))
    return errorInside(json, upstream) ?? invalidCompletion();
  const measured = measureChat(chat, usage, reply);
  const cost = costInCredits(chat, measured);
  const vendorUsage = withoutVendorPrices(usage ?? {});
  const reportedUsage = measured.estimated
    ? { ...vendorUsage, ...toOpenAiUsage(measured) }
    : vendorUsage;
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
  const completion: Completion = {
    ...json,
    ...(typeof json["model"] === "string" ? { model: chat.request.model } : {}),
    usage: { ...reportedUsage, cost, generation_id: chat.generationId },
  };
  const shown = showCompletion(completion, chat.cover);
  // Written before anything is charged: writing fails where the reply is nested too deeply.
  const response = { status: 200, headers, body: JSON.stringify(shown) };
  return ok({ kind: "read", measured, completion, shown, response, endedInError });
}

/** Reads an upstream's whole reply. One that cannot be read is passed on, and paid for. */
export async function answerJson(
  chat: ActiveChat,
  response: Response,
  upstream: Upstream,
  deadline: Deadline,
  surroundings: RelaySurroundings,
): Promise<Result<ReadAnswer | UnreadAnswer>> {
  let start: ReplyStart;
  try {
    start = await readStart(response, REPLY_BYTES_MAX, surroundings.onActivity);
  } catch (error) {
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
  }
  if (start.rest !== null) return ok(answerUnread(chat, start, surroundings));
  try {
    const json = parseReply(new TextDecoder().decode(start.bytes));
    return isObject(json) ? answerRead(chat, json, upstream) : invalidCompletion();
  } catch (error) {
    // Nested too deeply to be followed.
    if (error instanceof RangeError) return ok(answerUnread(chat, start, surroundings));
    throw error;
  }
}
