/** The languages of pages and mails, and the direction of each. */
export const LANGUAGES = {
  en: { name: "English", direction: "ltr" },
  ar: { name: "العربية", direction: "rtl" },
} as const;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (value: string): value is Language => Object.hasOwn(LANGUAGES, value);
