import type { Context, TypedResponse } from "hono";

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

/** The columns of a table in CSV: their names, and the cells of a row. */
export type CsvColumns<Row> = readonly (readonly [name: string, of: (row: Row) => Cell])[];

/**
 * Streams a table as CSV, page by page: a page is fetched once the one before was read.
 * @param pages the first one at least, which may have no rows
 */
export function streamCsv<Row>(
  columns: CsvColumns<Row>,
  pages: AsyncIterator<readonly Row[], void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const toCells = (row: Row): Cell[] => columns.map(([, of]) => of(row));
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(csvRows([columns.map(([name]) => name)])));
    },
    async pull(controller) {
      const page = await pages.next();
      if (page.done === true) controller.close();
      else if (page.value.length > 0)
        controller.enqueue(encoder.encode(csvRows(page.value.map(toCells))));
    },
  });
}

/**
 * Answers with a CSV file. A typed client is to know the JSON of the route alone: a CSV file has no
 * `json()`.
 * @param name without its ending
 */
export function csvFile(
  c: Context,
  name: string,
  body: string | ReadableStream,
): Response & TypedResponse<never, 200, "json">;
export function csvFile(c: Context, name: string, body: string | ReadableStream): Response {
  return c.body(body, 200, {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  });
}
