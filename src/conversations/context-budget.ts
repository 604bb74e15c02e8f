import { estimateTokenCount } from "tokenx";

/** The most tokens that vendors put around a message. */
const MESSAGE_OVERHEAD_TOKENS = 8;
/**
 * A factor for safety: an estimate that is too low makes the vendor refuse, one that is too high
 * forgets a little early.
 */
const ESTIMATE_MARGIN = 1.25;
/** A quarter of the context is kept for the reply, where the model can write more. */
const REPLY_DIVISOR = 4;

/** A longer text counts by its bytes, since estimating it takes too much time. */
const ESTIMATED_CHARACTERS_MAX = 200_000;

const encoder = new TextEncoder();

/**
 * Estimates the tokens that a message takes of the context. Never more than its bytes, since no
 * token has less than one.
 */
export function estimateTokens(text: string): number {
  const bytes = encoder.encode(text).length;
  const estimate =
    text.length > ESTIMATED_CHARACTERS_MAX
      ? bytes
      : Math.ceil(estimateTokenCount(text) * ESTIMATE_MARGIN);
  return Math.min(bytes, estimate) + MESSAGE_OVERHEAD_TOKENS;
}

/** The most tokens that a model reads and writes. */
interface ModelLimits {
  readonly contextLength: number;
  readonly maxOutputTokens: number;
}

/** The parts of a context. */
export interface ContextSplit {
  /** Those of the conversation. May be below 0, when the system prompt alone is too long. */
  readonly messageTokens: number;
  /** Returns the most that the reply may have beside these messages. */
  readonly replyTokens: (messageTokens: number) => number;
}

/**
 * Splits a model's context between the system prompt, the reply and the conversation, which gets
 * the rest.
 */
export function splitContext(
  { contextLength, maxOutputTokens }: ModelLimits,
  systemPrompt: string | null,
): ContextSplit {
  const system = systemPrompt === null ? 0 : estimateTokens(systemPrompt);
  const reserved = Math.min(
    maxOutputTokens,
    Math.max(1, Math.floor(contextLength / REPLY_DIVISOR)),
  );
  return {
    messageTokens: contextLength - system - reserved,
    replyTokens: (messageTokens) =>
      Math.min(maxOutputTokens, Math.max(1, contextLength - system - messageTokens)),
  };
}

/** A message as `fitHistory` reads it. */
export interface HistoryLine {
  readonly sequence: number;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly tokens: number;
}

/**
 * Returns the newest part of a conversation that fits: whole turns (a user's message and its
 * reply), oldest first. Messages without an answer are left out, so the model never sees two
 * questions in a row. A greeting has no question and comes first, if all of the conversation fits.
 * @param newestFirst read no further than it fits
 */
export function fitHistory(newestFirst: Iterable<HistoryLine>, tokens: number): HistoryLine[] {
  const kept: HistoryLine[] = [];
  let left = tokens;
  let reply: HistoryLine | null = null;
  const addIfFits = (lines: HistoryLine[]): boolean => {
    left -= lines.reduce((sum, line) => sum + line.tokens, 0);
    if (left < 0) return false;
    kept.push(...lines);
    return true;
  };
  for (const line of newestFirst) {
    if (line.role === "assistant") {
      reply = line;
      continue;
    }
    if (reply?.sequence !== line.sequence + 1) continue;
    if (!addIfFits([reply, line])) return kept.toReversed();
    reply = null;
  }
  if (reply !== null) addIfFits([reply]);
  return kept.toReversed();
}
