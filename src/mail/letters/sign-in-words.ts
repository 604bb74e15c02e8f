import { type Language, nameCountry, UTC_NAMES } from "../../languages.ts";

/** Names the place of a sign-in, as far as it is known: "Berlin, Germany". Null where it is not. */
export function namePlace(
  language: Language,
  country: string | null,
  city: string | null,
  comma: string,
): string | null {
  const parts = [city, country === null ? null : nameCountry(language, country)];
  return parts.filter((part) => part !== null).join(comma) || null;
}

/** Names a moment in UTC. Digits are 0 to 9 in every language. */
export function nameTime(language: Language, atMs: number): string {
  const locale = language === "ar" ? "ar-u-nu-latn" : language;
  const options = { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" } as const;
  return `${new Intl.DateTimeFormat(locale, options).format(atMs)} ${UTC_NAMES[language]}`;
}
