import { estimateTokenCount } from "tokenx";
import { z } from "zod";
import type { TokenUsage } from "../account/index.ts";

/** Tokens of a chat, and whether we had to estimate them. */
export interface Measured {
  readonly usage: TokenUsage;
  readonly estimated: boolean;
}

/** What was said. Reading it costs time, so it is a getter, and asked only where it matters. */
export interface Said {
  readonly text: string;
}

/** What a hold allows for: no believable count is above it. */
export interface Bounds {
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
}

const count = z.int().min(0);
const reported = z.object({
  prompt_tokens: count.min(1),
  completion_tokens: count,
  total_tokens: count.nullish().catch(null),
  prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish().catch(null),
});

/** Output with the reasoning in it: most vendors count it among the completion's tokens, some (xAI) beside them. */
function outputOf({
  prompt_tokens,
  completion_tokens,
  total_tokens,
  completion_tokens_details,
}: z.infer<typeof reported>): number {
  const beside = completion_tokens + (completion_tokens_details?.reasoning_tokens ?? 0);
  return total_tokens === prompt_tokens + beside ? beside : completion_tokens;
}

/**
 * The upstream's own count, if it can be believed: whole numbers, a prompt of at least one token, output wherever there was
 * text, and nothing beyond what was asked for. A count that is none of this would charge for what was not served, or serve
 * what is not charged.
 * @param raw the `usage` object as it came
 */
function believe(raw: unknown, said: Said, bounds: Bounds): TokenUsage | null {
  const parsed = reported.safeParse(raw);
  if (!parsed.success) return null;
  const { prompt_tokens: input, prompt_tokens_details: details } = parsed.data;
  const output = outputOf(parsed.data);
  if (input > bounds.promptBoundTokens || output > bounds.maxTokens * bounds.choices) return null;
  if (output === 0 && said.text !== "") return null;
  return { input, cachedInput: Math.min(details?.cached_tokens ?? 0, input), output };
}

/** Our own count of what was relayed, within the bounds of the hold. */
function estimate(promptTokens: number, text: string, bounds: Bounds): TokenUsage {
  return {
    input: Math.min(bounds.promptBoundTokens, Math.max(1, promptTokens)),
    cachedInput: 0,
    output: Math.min(bounds.maxTokens * bounds.choices, estimateTokenCount(text)),
  };
}

/**
 * What a chat is charged for: the upstream's count if it can be believed, an estimate of what was relayed if not, and
 * nothing (null) when neither a believable count nor any text came.
 * @param said what was relayed
 * @param promptTokens estimates the prompt
 */
export function measure(raw: unknown, said: Said, promptTokens: () => number, bounds: Bounds): Measured | null {
  const usage = believe(raw, said, bounds);
  if (usage !== null) return { usage, estimated: false };
  const { text } = said;
  if (text === "") return null;
  if (raw !== undefined) console.warn(JSON.stringify({ level: "warn", at: "usage", message: "not believable", usage: raw }));
  return { usage: estimate(promptTokens(), text, bounds), estimated: true };
}

/** Every text that a model said in a message or delta: content, reasoning, refusal, a tool call's name and arguments. */
export function spokenText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(spokenText).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, inner]) => (NOT_SPOKEN.has(name) ? "" : spokenText(inner)))
    .join("");
}
/** Names, numbers, and what is said once more: OpenRouter repeats `reasoning` in `reasoning_details`. */
const NOT_SPOKEN = new Set(["role", "id", "type", "index", "annotations", "logprobs", "reasoning_details"]);
