import { ar } from "./ar.ts";
import { en, type Words } from "./en.ts";

export type { Words } from "./en.ts";

/** The languages of the pages, and the direction of each. */
export const LANGUAGES = {
  en: { words: en, name: "English", direction: "ltr" },
  ar: { words: ar, name: "العربية", direction: "rtl" },
} as const satisfies Record<string, { words: Words; name: string; direction: "ltr" | "rtl" }>;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (value: string): value is Language => Object.hasOwn(LANGUAGES, value);
