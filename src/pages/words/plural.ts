/**
 * The forms that a noun has after a number, where a language has them (CLDR's names). `#` stands
 * for the figure.
 */
type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

const DIGITS = { maximumFractionDigits: 6 };

/**
 * Says how many of something there are, as the language counts: English has two forms of a noun,
 * Arabic five.
 */
export function createPluralizer(locale: string) {
  const rules = new Intl.PluralRules(locale, DIGITS);
  const figures = new Intl.NumberFormat(locale, DIGITS);
  return (forms: Forms) =>
    (count: number): string =>
      (forms[rules.select(count)] ?? forms.other).replace("#", () => figures.format(count));
}
