import type { FailureCode } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { ar } from "./ar.ts";
import { arRefusals } from "./ar-refusals.ts";
import { en, type Words } from "./en.ts";

export type { Words } from "./en.ts";

interface WordsOfLanguage {
  readonly words: Words;
  /** The words for each refusal. Null where the wire's message is in this language. */
  readonly refusals: Readonly<Record<FailureCode, string>> | null;
}

/** The words of the pages in each language. */
export const WORDS: Readonly<Record<Language, WordsOfLanguage>> = {
  en: { words: en, refusals: null },
  ar: { words: ar, refusals: arRefusals },
};
