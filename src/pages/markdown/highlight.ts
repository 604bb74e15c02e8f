import { highlighter } from "./highlighter.js";

/** Longer code is not coloured: it would take too long. */
const CODE_CHARACTERS_MAX = 20_000;

/**
 * Highlights code.
 * @returns HTML; null where the language is none of those known
 */
export function highlightCode(code: string, language: string): string | null {
  if (code.length > CODE_CHARACTERS_MAX || highlighter.getLanguage(language) === undefined)
    return null;
  return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
}
