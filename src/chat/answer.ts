import {
  type ChatOutcome,
  costThousandths,
  costWithinHold,
  isReasoningDearer,
  type RateLimit,
  type RelayEnding,
  type ServedBy,
} from "../account/index.ts";
import { formatError } from "../db.ts";
import { newId } from "../ids.ts";
import { log } from "../log.ts";
import { SECOND_MS } from "../time.ts";
import { toCredits } from "../units.ts";
import { type MeasuredUsage, measureUsage, type ReplyText } from "./measure-usage.ts";
import { estimatePromptTokens } from "./prompt.ts";
import type { ChatRequest } from "./request.ts";
import type { Transcript } from "./transcript.ts";
import type { ActiveChat, Timing } from "./types.ts";
import { withPromptUsage } from "./usage-tally.ts";
import { countsReply } from "./vendor-usage.ts";

/**
 * `Server-Timing`: the steps before a reply's first byte, in ms.
 * https://www.w3.org/TR/server-timing/
 */
function serverTiming({ receivedAt, identifiedAt, authorizedAt, answeredAt }: Timing): string {
  const auth = identifiedAt - receivedAt;
  const authorize = authorizedAt - identifiedAt;
  const upstream = (answeredAt ?? authorizedAt) - authorizedAt;
  return `auth;dur=${auth}, authorize;dur=${authorize}, upstream;dur=${upstream}`;
}

/** Estimates the tokens of a prompt, as one is charged that its vendor does not count. */
export const estimatePrompt = ({ body, payloads }: ChatRequest): number =>
  estimatePromptTokens(body, payloads);

/** Measures the tokens of a reply within its hold. */
export const measureChat = (
  { request, hold, costs }: ActiveChat,
  usage: unknown,
  reply: ReplyText,
): MeasuredUsage => {
  const bounds = { ...hold.terms, costs: costs?.prices };
  return measureUsage(usage, reply, () => estimatePrompt(request), bounds);
};

/**
 * The usage of a reply that could not be read: its output at the bound, unless it is counted. Where
 * the model may have thought unseen, all of it counts as thoughts if these cost more than other
 * output.
 */
export function measureUnread(chat: ActiveChat, usage: unknown): MeasuredUsage {
  const { maxTokens, choices, prices } = chat.hold.terms;
  const measured = measureChat(chat, usage, { text: "" });
  // Without a text, only a count is above 0.
  if (measured.usage.output > 0) return measured;
  const output = maxTokens * choices;
  const isThought = chat.mayReason && isReasoningDearer(prices, measured.usage.input);
  const reasoning = isThought ? { reasoning: output } : {};
  return { usage: { ...measured.usage, output, ...reasoning }, estimated: true };
}

/**
 * Measures a stream that is over. Since its vendor answered, the prompt is owed, whatever the
 * client did then; only an error before any text is a refusal, and costs nothing (null). A client
 * that left before the count pays for what came; where the model may have thought unseen, for all
 * that was held.
 *
 * The hold has to be settled even where measuring fails, which is logged: then at its bound.
 * @param promptUsage the vendor's count of the prompt, where it came apart from the stream
 */
export function measureStream(
  chat: ActiveChat,
  transcript: Pick<Transcript, "text" | "usage" | "ending">,
  ending: RelayEnding,
  promptUsage?: Readonly<Record<string, unknown>>,
): MeasuredUsage | null {
  try {
    const usage = withPromptUsage(transcript.usage, promptUsage);
    if (transcript.ending.hasError && transcript.text === "") return null;
    const isUnseen = ending === "client_gone" && chat.mayReason && !countsReply(usage);
    return isUnseen ? measureUnread(chat, usage) : measureChat(chat, usage, transcript);
  } catch (error) {
    log.error("usage.measure_failed", { error: formatError(error) });
    return measureUnread(chat, undefined);
  }
}

/** Returns the cost of measured tokens under the hold, in credits. */
export const costInCredits = ({ hold }: ActiveChat, measured: MeasuredUsage | null): number =>
  measured === null ? 0 : toCredits(costWithinHold(hold.terms, measured.usage));

/** Returns who served a chat, when it began, and at what cost, as the account records it. */
function toServedBy(
  { timing, served: { upstream }, costs, request }: ServedRequest,
  measured: MeasuredUsage | null,
): ServedBy {
  const { identifiedAt, answeredAt } = timing;
  const { stream: isStream } = request;
  const named = upstream === null ? {} : { upstream };
  if (measured === null) return { ...named, isStream };
  const began = answeredAt === null ? {} : { firstByteMs: answeredAt - identifiedAt };
  if (costs === null) return { ...named, ...began, isStream };
  const { currency, prices } = costs;
  const nanos = costThousandths(prices, measured.usage);
  return { ...named, ...began, isStream, upstreamCost: { currency, nanos } };
}

/** What the outcome of a request is made of, beside its measured usage. */
interface ServedRequest extends Pick<ActiveChat, "timing" | "served" | "costs"> {
  readonly request: Pick<ActiveChat["request"], "stream">;
}

/** Builds the outcome that the account settles a hold by. */
export const toOutcome = (
  chat: ServedRequest,
  ending: RelayEnding,
  measured: MeasuredUsage | null,
): ChatOutcome => ({
  ending,
  usage: measured?.usage ?? null,
  estimated: measured?.estimated ?? false,
  latencyMs: Date.now() - chat.timing.identifiedAt,
  served: toServedBy(chat, measured),
});

/** `x-ratelimit-*-requests` as OpenAI sends them. */
export function rateLimitHeaders(rate: RateLimit | null, nowMs: number): Record<string, string> {
  if (rate === null) return {};
  const resetSeconds = Math.max(0, Math.ceil((rate.resetAt - nowMs) / SECOND_MS));
  return {
    "x-ratelimit-limit-requests": String(rate.limit),
    "x-ratelimit-remaining-requests": String(rate.remaining),
    "x-ratelimit-reset-requests": `${resetSeconds}s`,
  };
}

/** The header with the id of a chat. A kept reply has that of the first time. */
export const GENERATION_ID = "x-farebox-generation-id";

/** Returns a new id of a chat, in which its owner finds the number of its hold: `gen_…-12`. */
export const newGenerationId = (holdNo: number, nowMs: number): string =>
  `${newId("gen", nowMs)}-${holdNo}`;

/**
 * Builds the headers of whatever was served for a hold.
 * @param balance the available credits
 */
export const servedHeaders = (
  {
    hold,
    timing,
    generationId,
    served: { upstream, isShown },
  }: Pick<ActiveChat, "hold" | "timing" | "generationId" | "served">,
  balance: number,
): Record<string, string> => ({
  ...rateLimitHeaders(hold.rate, Date.now()),
  "server-timing": serverTiming(timing),
  "x-farebox-balance": String(balance),
  [GENERATION_ID]: generationId,
  ...(isShown && upstream !== null ? { "x-farebox-upstream": upstream } : {}),
});

/**
 * Builds the headers of every served chat.
 * @param balance the available credits
 */
export function usageHeaders(chat: ActiveChat, balance: number): Record<string, string> {
  const { maxTokens } = chat.hold.terms;
  const isLowered = maxTokens < chat.requestedMaxTokens;
  return {
    ...servedHeaders(chat, balance),
    ...(isLowered ? { "x-farebox-max-tokens": String(maxTokens) } : {}),
  };
}
