/**
 * Characters that JSON leaves as they are, and by which a terminal or a viewer would show another
 * text than the line's: controls, line separators and marks that reorder text.
 */
const DECEPTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const toLine = (fields: object): string =>
  JSON.stringify(fields).replaceAll(
    DECEPTIVE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

type Fields = Readonly<Record<string, unknown>>;

const write =
  (level: "info" | "warn" | "error") =>
  (event: string, fields: Fields = {}): void =>
    console[level === "info" ? "log" : level](toLine({ level, event, ...fields }));

/**
 * Writes one line of JSON for each event. An event is named `noun.verb_past`
 * (`order.delivery_failed`), so that a log can be searched by it. Errors go through `formatError`
 * of `db.ts`: the text of a failed statement holds every value that it was given.
 */
export const log = { info: write("info"), warn: write("warn"), error: write("error") } as const;
