import { type Language, UTC_NAMES } from "../../languages.ts";
import { minorUnitDigits, toCredits } from "../../units.ts";

/** Digits are 0 to 9 in every language, as on the pages. */
const LOCALES: Readonly<Record<Language, string>> = { en: "en", ar: "ar-u-nu-latn" };

/** More of a name is cut off. */
const NAME_MAX = 120;

/** Characters that end a line, or turn the direction of the text around them. */
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Returns a name as a letter shows it: one line, which begins and ends its own direction (Unicode's
 * isolates), so that it turns nothing else around.
 */
export function showName(name: string): string {
  const line = Array.from(name.replace(UNRULY, " ").trim());
  const short = line.length > NAME_MAX ? `${line.slice(0, NAME_MAX).join("")}…` : line.join("");
  return `\u2068${short}\u2069`;
}

/** The formats of one language. Times are in UTC, and say so. */
export function createFormats(language: Language) {
  const locale = LOCALES[language];
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
  const time = new Intl.DateTimeFormat(locale, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return {
    number: (value: number): string => number.format(value),
    credits: (microcredits: number): string => number.format(toCredits(microcredits)),
    money: (amountMinor: number, currency: string): string => {
      const digits = minorUnitDigits(currency);
      const format = new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        // In right-to-left text US$ would be shown as $US.
        currencyDisplay: language === "ar" ? "code" : "symbol",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      return format.format(amountMinor / 10 ** digits);
    },
    time: (ms: number): string => `${time.format(new Date(ms))} ${UTC_NAMES[language]}`,
  };
}
