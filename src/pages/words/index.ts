import type { Language } from "../../languages.ts";
import { ar } from "./ar.ts";
import { arRefusals } from "./ar-refusals.ts";
import { en, type Words } from "./en.ts";
import { enRefusals } from "./en-refusals.ts";
import type { RefusalWords } from "./refusal-words.ts";

export type { Words } from "./en.ts";

interface WordsOfLanguage {
  readonly words: Words;
  /** The words for refusals, where the wire's message is not for the reader. */
  readonly refusals: RefusalWords;
}

/** The words of the pages in each language. */
export const WORDS: Readonly<Record<Language, WordsOfLanguage>> = {
  en: { words: en, refusals: enRefusals },
  ar: { words: ar, refusals: arRefusals },
};
