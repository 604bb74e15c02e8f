declare global {
  // V8 has both, and TypeScript's library not yet:
  // https://github.com/tc39/proposal-json-parse-with-source
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): object;
  }
}

/** Whether JSON may hold a number that a double changes: it has 16 digits, or an exponent. */
const MAY_LOSE = /\d{16}|\d[eE]\+?\d{3}/;

/**
 * Parses JSON so that writing it again changes no number: one that a double cannot hold is kept as
 * its source, an object that only `JSON.stringify` understands.
 */
export const parseLossless = (text: string): unknown =>
  MAY_LOSE.test(text)
    ? JSON.parse(text, (_key, value, { source }) =>
        typeof value === "number" && source !== undefined && MAY_LOSE.test(source)
          ? JSON.rawJSON(source)
          : value,
      )
    : JSON.parse(text);
