import type { AuthorizeCommand, AuthorizeResult } from "../account/index.ts";
import { maxCostMicrocredits } from "../account/index.ts";
import { MINUTE_MS } from "../time.ts";

type Hold = Extract<AuthorizeResult, { kind: "hold" }>;
type Headroom = NonNullable<Hold["headroom"]>;

/** For so long an account's answer is believed. */
const FRESH_MS = MINUTE_MS;
/** An account is ample for a request that could be made as often as this. */
const TIMES = 10;
/** The number of callers that an isolate remembers; then it forgets the oldest. */
const CALLERS_MAX = 10_000;

/** What an account answered, less what was asked for since. */
interface Noted {
  readonly notedAt: number;
  readonly headroom: Headroom;
  readonly requests: number;
}

type Asked = Pick<AuthorizeCommand["chat"], "prices" | "promptBoundTokens" | "maxTokens"> &
  Pick<AuthorizeCommand["chat"], "choices" | "maxUnits">;

const leave = (left: number | null, needed: number): number | null =>
  left === null ? null : left - needed;

/** Returns what a request leaves of a headroom; null where that could not pay it ten times. */
function spend(headroom: Headroom, asked: Asked): Headroom | null {
  const { prices, promptBoundTokens, maxTokens, choices, maxUnits } = asked;
  const outputTokens = maxTokens * choices;
  if (headroom.payer === "credits") {
    const cost = maxCostMicrocredits(prices, promptBoundTokens, outputTokens, maxUnits);
    const microcredits = headroom.microcredits - cost;
    return headroom.microcredits < cost * TIMES ? null : { ...headroom, microcredits };
  }
  const { messages, tokens } = headroom;
  const needed = promptBoundTokens + outputTokens;
  if (messages !== null && messages < choices * TIMES) return null;
  if (tokens !== null && tokens < needed * TIMES) return null;
  return {
    ...headroom,
    messages: leave(messages, choices),
    tokens: leave(tokens, needed),
  };
}

/**
 * Remembers what accounts answered lately, to tell which of them will authorize a chat as good as
 * surely. In the isolate only: it decides when an upstream is asked, and never whether it may be.
 * Each request that is asked for takes its share of what is remembered, so that many at once are no
 * more ample than one after the other.
 */
export class AmpleAccounts {
  readonly #noted = new Map<string, Noted>();

  /** Notes an account's answer to a caller. A refusal is remembered as no headroom. */
  note(caller: string, answer: AuthorizeResult, nowMs: number): void {
    this.#noted.delete(caller);
    if (answer.kind !== "hold" || answer.headroom == null) return;
    if (this.#noted.size >= CALLERS_MAX) {
      const [oldest] = this.#noted.keys();
      if (oldest !== undefined) this.#noted.delete(oldest);
    }
    const { headroom, rate } = answer;
    this.#noted.set(caller, { notedAt: nowMs, headroom, requests: rate.remaining });
  }

  /** Returns whether a caller's account could pay for a request ten times, and takes it once. */
  take(caller: string, asked: Asked, nowMs: number): boolean {
    const noted = this.#noted.get(caller);
    if (noted === undefined || nowMs - noted.notedAt >= FRESH_MS) return false;
    const headroom = spend(noted.headroom, asked);
    if (headroom === null || noted.requests < TIMES) return false;
    this.#noted.set(caller, { ...noted, headroom, requests: noted.requests - 1 });
    return true;
  }

  /** Forgets a caller: their account could not be reached. */
  forget(caller: string): void {
    this.#noted.delete(caller);
  }
}
