import {
  type ChatOutcome,
  costWithinHold,
  type RateLimit,
  type RelayEnding,
} from "../account/index.ts";
import { toCredits } from "../units.ts";
import { type MeasuredUsage, measureUsage, type ReplyText } from "./measure-usage.ts";
import { estimatePromptTokens } from "./prompt.ts";
import type { ChatRequest } from "./request.ts";
import type { ChatHold } from "./settle-hold.ts";

/** A chat on its way: what was asked, what is held for it, and when what was done. */
export interface ActiveChat {
  readonly request: ChatRequest;
  readonly hold: ChatHold;
  /** The output cap that the caller would have had with enough credit. */
  readonly requestedMaxTokens: number;
  readonly timing: Timing;
}

/**
 * When each step was done, in ms since 1970. A Worker's clock moves on at I/O only, so this tells
 * of waiting.
 */
export interface Timing {
  readonly receivedAt: number;
  /** It is known who asks. */
  readonly identifiedAt: number;
  /** The hold is made. */
  readonly authorizedAt: number;
  /** The upstream's headers came; null before. */
  answeredAt: number | null;
}

/**
 * `Server-Timing`: what a reply's first byte was waited for, in ms.
 * https://www.w3.org/TR/server-timing/
 */
function serverTiming({ receivedAt, identifiedAt, authorizedAt, answeredAt }: Timing): string {
  const upstream = (answeredAt ?? authorizedAt) - authorizedAt;
  return `auth;dur=${identifiedAt - receivedAt}, authorize;dur=${authorizedAt - identifiedAt}, upstream;dur=${upstream}`;
}

/** What a reply's tokens came to under the hold, or null when nothing was served. */
export const measureChat = (
  { request, hold }: ActiveChat,
  usage: unknown,
  reply: ReplyText,
): MeasuredUsage | null =>
  measureUsage(usage, reply, () => estimatePromptTokens(request.body), hold.terms);

/**
 * The same for a stream that is over. Whatever measuring dies of, the hold has to be resolved: then
 * as if nothing had been served, which is the operator's loss, and is told to them.
 */
export function measureStream(
  chat: ActiveChat,
  transcript: ReplyText & { readonly usage: unknown },
): MeasuredUsage | null {
  try {
    return measureChat(chat, transcript.usage, transcript);
  } catch (error) {
    console.error(JSON.stringify({ level: "error", at: "measure", error: String(error) }));
    return null;
  }
}

/** What measured tokens cost under the hold, in credits. */
export const costInCredits = ({ hold }: ActiveChat, measured: MeasuredUsage | null): number =>
  measured === null ? 0 : toCredits(costWithinHold(hold.terms, measured.usage));

/** What the account is told. */
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
export const rateLimitHeaders = (rate: RateLimit | null, nowMs: number): Record<string, string> =>
  rate === null
    ? {}
    : {
        "x-ratelimit-limit-requests": String(rate.limit),
        "x-ratelimit-remaining-requests": String(rate.remaining),
        "x-ratelimit-reset-requests": `${Math.max(0, Math.ceil((rate.resetAt - nowMs) / 1000))}s`,
      };

/** What every served chat says of its fare. `balance` is what is available, in credits. */
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
