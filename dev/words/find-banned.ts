import { bansFor } from "./banned.ts";
import type { FoundText } from "./text.ts";

/** A word that reads translated, and the right one. */
export interface BannedWord {
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** Finds banned words. A line break counts as a space. */
export function findBanned(texts: readonly FoundText[]): readonly BannedWord[] {
  return texts.flatMap(({ text, line }) => {
    const flat = text.replaceAll(/\s/g, " ").replaceAll("’", "'");
    return bansFor(flat).flatMap(({ pattern, instead }) => {
      const match = pattern.exec(flat);
      if (match === null) return [];
      const linesBefore = text.slice(0, match.index).split("\n").length - 1;
      return [{ line: line + linesBefore, word: match[0], instead }];
    });
  });
}
