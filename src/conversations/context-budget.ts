import { estimateTokenCount } from "tokenx";

/** Tokens that vendors put around a message, at most. */
const MESSAGE_OVERHEAD_TOKENS = 8;
/**
 * An estimate that is too low makes the vendor refuse; one that is too high forgets a little early.
 */
const ESTIMATE_MARGIN = 1.25;
/** How much of the context is kept for the reply, where the model can write more. */
const REPLY_DIVISOR = 4;

/** A longer text is not looked at: the estimate takes its time. */
const ESTIMATED_CHARACTERS_MAX = 200_000;

const encoder = new TextEncoder();

/**
 * About how many tokens a message takes of the context. Never more than its bytes, since no token
 * has less than one.
 */
export function estimateTokens(text: string): number {
  const bytes = encoder.encode(text).length;
  const estimate =
    text.length > ESTIMATED_CHARACTERS_MAX
      ? bytes
      : Math.ceil(estimateTokenCount(text) * ESTIMATE_MARGIN);
  return Math.min(bytes, estimate) + MESSAGE_OVERHEAD_TOKENS;
}

/** What a model takes and writes at most, in tokens. */
interface ModelLimits {
  readonly contextLength: number;
  readonly maxOutputTokens: number;
}

/** How the context is divided. */
export interface ContextSplit {
  /** For the conversation. May be below 0, when the system prompt alone is too long. */
  readonly messageTokens: number;
  /** The most that the reply may have, once the messages take so many. */
  readonly replyTokens: (messageTokens: number) => number;
}

/**
 * Divides a model's context between the system prompt, the reply and the conversation, which gets
 * what is left.
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

/** What was said, as `fit` reads it: newest first. */
export interface HistoryLine {
  readonly sequence: number;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly tokens: number;
}

/**
 * The newest part of a conversation that fits: whole turns (what the user said, with its reply),
 * oldest first. What was not answered is left out, so the model never sees two questions in a row.
 * A greeting stands alone and comes first, if all of the conversation fits.
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
