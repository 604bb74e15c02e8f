/** The most words of a search. More narrow nothing further. */
const SEARCH_WORDS_MAX = 8;

/**
 * Normalizes a text for comparison: without case, and without the difference between characters
 * that look the same (NFKC).
 */
export const normalizeSearchText = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Splits a search into its words. A result contains all of them. */
export const parseSearchWords = (q: string): string[] =>
  [...new Set(normalizeSearchText(q).split(/\s+/))]
    .filter((word) => word !== "")
    .slice(0, SEARCH_WORDS_MAX);
