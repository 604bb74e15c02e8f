/** The languages of pages and mails, and the direction of each. */
export const LANGUAGES = {
  en: { name: "English", direction: "ltr" },
  ar: { name: "العربية", direction: "rtl" },
} as const;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (value: string): value is Language => Object.hasOwn(LANGUAGES, value);

/** The name of Coordinated Universal Time, after a time. */
export const UTC_NAMES: Readonly<Record<Language, string>> = { en: "UTC", ar: "بالتوقيت العالمي" };

/** Cloudflare's code of the Tor network, which is no country. */
const TOR = "T1";

/**
 * Returns the name of a country in a language.
 * @param code an ISO 3166 code of two letters, or Cloudflare's `T1`; another one stays as it is
 */
export function nameCountry(language: Language, code: string): string {
  if (code === TOR) return "Tor";
  if (!/^[A-Z]{2}$/.test(code)) return code;
  const names = new Intl.DisplayNames(language, { type: "region", fallback: "code" });
  return names.of(code) ?? code;
}

/** The same as a list, for columns and fields. */
export const LANGUAGE_NAMES = ["en", "ar"] as const satisfies readonly Language[];

/** A text in some of the languages. */
export type LocalTexts = { readonly [language in Language]?: string };

/** Returns a text in a language; else in English, else as it stands. */
export const inLanguage = (
  texts: { readonly [language in Language]?: string | undefined },
  language: Language,
  otherwise: string,
): string => texts[language] ?? texts.en ?? otherwise;
