/** The forms of a noun after a number, by CLDR's plural categories. `#` stands for the number. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

const DIGITS = { maximumFractionDigits: 6 };

/**
 * Creates the function that formats counts in a language. English has two forms of a noun, Arabic
 * five.
 */
export function createPluralizer(locale: string) {
  const rules = new Intl.PluralRules(locale, DIGITS);
  const figures = new Intl.NumberFormat(locale, DIGITS);
  return (forms: Forms) =>
    (count: number): string =>
      (forms[rules.select(count)] ?? forms.other).replace("#", () => figures.format(count));
}
