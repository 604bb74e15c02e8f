import { z } from "zod";

const token = z.looseObject({ token: z.string(), logprob: z.number() });
const chatLogprobs = z.looseObject({
  content: z.array(token.extend({ top_logprobs: z.array(token).nullish() })).nullish(),
});

/** The likelihood of each token, as legacy completions have it. */
export interface Logprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
  readonly text_offset: readonly number[];
}

/**
 * Converts a chat's likelihoods; null where there are none.
 * @param offset the length of the choice's text before them
 */
export function toLogprobs(value: unknown, offset: number): Logprobs | null {
  const tokens = chatLogprobs.safeParse(value).data?.content ?? [];
  if (tokens.length === 0) return null;
  let at = offset;
  return {
    tokens: tokens.map((each) => each.token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top_logprobs: top }) =>
      Object.fromEntries((top ?? []).map((each) => [each.token, each.logprob])),
    ),
    text_offset: tokens.map((each) => {
      const start = at;
      at += each.token.length;
      return start;
    }),
  };
}

/** Joins the likelihoods of two pieces of a text. */
export const joinLogprobs = (before: Logprobs | null, next: Logprobs | null): Logprobs | null =>
  before === null || next === null
    ? (before ?? next)
    : {
        tokens: [...before.tokens, ...next.tokens],
        token_logprobs: [...before.token_logprobs, ...next.token_logprobs],
        top_logprobs: [...before.top_logprobs, ...next.top_logprobs],
        text_offset: [...before.text_offset, ...next.text_offset],
      };
