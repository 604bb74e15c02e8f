import { z } from "zod";
import { type CsvColumns, streamCsv } from "../http/csv.ts";
import type { Page } from "../http/page.ts";

/** `?format=csv`: the whole list under its filters, and not a page of it. */
export const formatField = z.enum(["json", "csv"]).default("json");

/** Marks a list of which there is a CSV file. */
export const AS_CSV = { alternative: "text/csv" } as const;

const ROWS_PER_PAGE = 1000;
/** The most rows of a file: each page takes a handful of queries, and a request has a thousand. */
const CSV_ROWS_MAX = 100_000;

/** A list that is answered as CSV. */
interface CsvList<Row> {
  readonly columns: CsvColumns<Row>;
  /** @param cursor an earlier page's `nextCursor` */
  readonly fetchPage: (limit: number, cursor: string | undefined) => Promise<Page<Row>>;
}

async function* iterateRows<Row>(
  { fetchPage }: CsvList<Row>,
  first: Page<Row>,
): AsyncGenerator<readonly Row[], void> {
  let page = first;
  let rowCount = page.data.length;
  yield page.data;
  while (page.nextCursor !== null && rowCount < CSV_ROWS_MAX) {
    page = await fetchPage(Math.min(ROWS_PER_PAGE, CSV_ROWS_MAX - rowCount), page.nextCursor);
    rowCount += page.data.length;
    yield page.data;
  }
}

/**
 * Streams a list as CSV: `CSV_ROWS_MAX` rows at most. Its first page is fetched before the answer
 * begins, so that a list which cannot be had is refused.
 */
export async function listAsCsv<Row>(list: CsvList<Row>): Promise<ReadableStream<Uint8Array>> {
  const first = await list.fetchPage(ROWS_PER_PAGE, undefined);
  return streamCsv(list.columns, iterateRows(list, first));
}
