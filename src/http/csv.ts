import type { Context } from "hono";

export type Cell = string | number | boolean | null;

/**
 * The characters with which spreadsheets begin a formula, in full width too
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/u;

/**
 * A text in which no spreadsheet finds two cells, whatever parts cells there: a semicolon, a tab, a
 * space. Every other text is quoted.
 */
const PLAIN = /^[\w.:/-]*$/;

function escapeCell(value: Cell): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const text = FORMULA_START.test(value) ? `'${value}` : value;
  return PLAIN.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/**
 * Rows of CSV as RFC 4180 has it, each ended by CRLF. A text that a spreadsheet would take for a
 * formula gets an apostrophe before it; numbers stay as they are.
 */
export const csvRows = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(escapeCell).join(",")}\r\n`).join("");

/** Answers with a CSV file. @param name without its ending */
export const csvFile = (c: Context, name: string, body: string | ReadableStream) =>
  c.body(body, 200, {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  });
