import type { FailureCode } from "../../errors.ts";
import { ar } from "./ar.ts";
import { arRefusals } from "./ar-refusals.ts";
import { en, type Words } from "./en.ts";

export type { Words } from "./en.ts";

interface LanguageOfPages {
  readonly words: Words;
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** The words for each refusal. Null where the wire's message is in this language. */
  readonly refusals: Readonly<Record<FailureCode, string>> | null;
}

/** The languages of the pages, and the direction of each. */
export const LANGUAGES = {
  en: { words: en, name: "English", direction: "ltr", refusals: null },
  ar: { words: ar, name: "العربية", direction: "rtl", refusals: arRefusals },
} as const satisfies Record<string, LanguageOfPages>;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (value: string): value is Language => Object.hasOwn(LANGUAGES, value);
