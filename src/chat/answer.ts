import {
  type ChatOutcome,
  costWithinHold,
  type RateLimit,
  type RelayEnding,
} from "../account/index.ts";
import { formatError } from "../db.ts";
import { log } from "../log.ts";
import { SECOND_MS } from "../time.ts";
import { toCredits } from "../units.ts";
import { type MeasuredUsage, measureUsage, type ReplyText } from "./measure-usage.ts";
import { estimatePromptTokens } from "./prompt.ts";
import type { ActiveChat, Timing } from "./types.ts";

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

/** Measures the tokens of a reply within its hold. Null when nothing was served. */
export const measureChat = (
  { request, hold }: ActiveChat,
  usage: unknown,
  reply: ReplyText,
): MeasuredUsage | null =>
  measureUsage(
    usage,
    reply,
    () => estimatePromptTokens(request.body, request.payloads),
    hold.terms,
  );

/**
 * Measures a stream that is over: nothing, where it failed before any text. The hold has to be
 * settled even where measuring fails: then as if nothing had been served, which is the operator's
 * loss and is logged.
 */
export function measureStream(
  chat: ActiveChat,
  transcript: ReplyText & { readonly usage: unknown },
  ending: RelayEnding,
): MeasuredUsage | null {
  try {
    if (ending === "upstream_failed" && transcript.text === "") return null;
    return measureChat(chat, transcript.usage, transcript);
  } catch (error) {
    log.error("usage.measure_failed", { error: formatError(error) });
    return null;
  }
}

/** Returns the cost of measured tokens under the hold, in credits. */
export const costInCredits = ({ hold }: ActiveChat, measured: MeasuredUsage | null): number =>
  measured === null ? 0 : toCredits(costWithinHold(hold.terms, measured.usage));

/** Builds the outcome that the account settles a hold by. */
export const toOutcome = (
  chat: ActiveChat,
  ending: RelayEnding,
  measured: MeasuredUsage | null,
): ChatOutcome => ({
  ending,
  usage: measured?.usage ?? null,
  estimated: measured?.estimated ?? false,
  latencyMs: Date.now() - chat.timing.identifiedAt,
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

/**
 * Builds the headers of every served chat.
 * @param balance the available credits
 */
export function usageHeaders(chat: ActiveChat, balance: number): Record<string, string> {
  const { terms, rate } = chat.hold;
  const isLowered = terms.maxTokens < chat.requestedMaxTokens;
  return {
    ...rateLimitHeaders(rate, Date.now()),
    "server-timing": serverTiming(chat.timing),
    "x-farebox-balance": String(balance),
    ...(isLowered ? { "x-farebox-max-tokens": String(terms.maxTokens) } : {}),
  };
}
