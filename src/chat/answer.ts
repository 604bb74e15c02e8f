import { costUnder, type Ending, type Outcome, type RateLimit } from "../account/index.ts";
import { toCredits } from "../units.ts";
import { estimatePromptTokens } from "./prompt.ts";
import type { ChatAsk } from "./request.ts";
import type { Held } from "./settle.ts";
import { type Measured, measure, type Said } from "./usage.ts";

/** A chat on its way: what was asked, what is held for it, and when what was done. */
export interface Ride {
  readonly ask: ChatAsk;
  readonly held: Held;
  /** The output cap that the caller would have had with enough credit. */
  readonly wantedMaxTokens: number;
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
export const measureRide = ({ ask, held }: Ride, usage: unknown, said: Said): Measured | null =>
  measure(usage, said, () => estimatePromptTokens(ask.body), held.terms);

/**
 * The same for a stream that is over. Whatever measuring dies of, the hold has to be resolved: then
 * as if nothing had been served, which is the operator's loss, and is told to them.
 */
export function measureStream(
  ride: Ride,
  transcript: Said & { readonly usage: unknown },
): Measured | null {
  try {
    return measureRide(ride, transcript.usage, transcript);
  } catch (error) {
    console.error(JSON.stringify({ level: "error", at: "measure", error: String(error) }));
    return null;
  }
}

/** What measured tokens cost under the hold, in credits. */
export const creditsFor = ({ held }: Ride, measured: Measured | null): number =>
  measured === null ? 0 : toCredits(costUnder(held.terms, measured.usage));

/** What the account is told. */
export const outcomeOf = (ride: Ride, ending: Ending, measured: Measured | null): Outcome => ({
  ending,
  usage: measured?.usage ?? null,
  estimated: measured?.estimated ?? false,
  latencyMs: Date.now() - ride.timing.identifiedAt,
});

/** `x-ratelimit-*-requests` as OpenAI sends them. */
export const rateHeaders = (rate: RateLimit | null, nowMs: number): Record<string, string> =>
  rate === null
    ? {}
    : {
        "x-ratelimit-limit-requests": String(rate.limit),
        "x-ratelimit-remaining-requests": String(rate.remaining),
        "x-ratelimit-reset-requests": `${Math.max(0, Math.ceil((rate.resetAt - nowMs) / 1000))}s`,
      };

/** What every served chat says of its fare. `balance` is what is available, in credits. */
export function fareHeaders(ride: Ride, balance: number): Record<string, string> {
  const { terms, rate } = ride.held;
  const lowered = terms.maxTokens < ride.wantedMaxTokens;
  return {
    ...rateHeaders(rate, Date.now()),
    "server-timing": serverTiming(ride.timing),
    "x-farebox-balance": String(balance),
    ...(lowered ? { "x-farebox-max-tokens": String(terms.maxTokens) } : {}),
  };
}
