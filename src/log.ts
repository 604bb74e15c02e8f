type Fields = Readonly<Record<string, unknown>>;

const write =
  (level: "info" | "warn" | "error") =>
  (event: string, fields: Fields = {}): void =>
    console[level === "info" ? "log" : level](JSON.stringify({ level, event, ...fields }));

/**
 * Writes one line of JSON for each event. An event is named `noun.verb_past`
 * (`order.delivery_failed`), so that a log can be searched by it. Errors go through `formatError`
 * of `db.ts`: the text of a failed statement holds every value that it was given.
 */
export const log = { info: write("info"), warn: write("warn"), error: write("error") } as const;
