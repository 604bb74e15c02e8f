const TOKEN = / ?[\p{L}\p{M}]{1,6}| ?\p{N}{1,3}|[^\p{L}\p{M}\p{N}]/gu;

/**
 * Splits a text into the local model's tokens. A token is up to six letters or up to three digits,
 * with the one space before them if there is one, or any other single character. The tokens joined
 * are the text, and each has at least one byte, so a text never has more tokens than bytes.
 */
export const tokenize = (text: string): readonly string[] => text.match(TOKEN) ?? [];
