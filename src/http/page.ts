import { z } from "zod";
import type { IdPrefix } from "../ids.ts";
import { boundedText } from "./bounded.ts";

/**
 * `?limit=1..100` (10) and `?cursor=` as every list takes them. A cursor is opaque: what an earlier
 * page gave as `nextCursor`.
 */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  cursor: boundedText(200).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

const NOT_A_CURSOR = "must be the nextCursor of an earlier page of this list";
/** The message of the lists of agents and conversations. */
export const NOT_A_NEXT_CURSOR = "must be the nextCursor of an earlier page";

/** A cursor that is the id of the last row shown: `ord_…`. */
export const idCursor = (prefix: IdPrefix, message: string = NOT_A_CURSOR) =>
  boundedText(200, message)
    .regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), message)
    .optional();

/** The place of a row in a list that is ordered by time, and by id within one moment. */
export interface TimedPosition {
  readonly atMs: number;
  readonly id: string;
}

/**
 * A cursor of such a list: `<time in ms>.<id>`.
 * @param prefix how the ids of the list begin, as a pattern
 */
export const timedCursor = (prefix: string) =>
  boundedText(200)
    .regex(new RegExp(`^\\d{1,15}\\.${prefix}\\w+$`), NOT_A_CURSOR)
    .transform((cursor): TimedPosition => {
      const dot = cursor.indexOf(".");
      return { atMs: Number(cursor.slice(0, dot)), id: cursor.slice(dot + 1) };
    })
    .optional();

/** One page of a list, as the wire shows it. */
export interface Page<T> {
  readonly object: "list";
  readonly data: readonly T[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

/**
 * Makes a page out of up to `limit + 1` rows: the extra row only tells that there are more.
 * @param cursorOf gives the cursor after which the next page begins, from the last row shown
 */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => T,
  cursorOf: (row: Row) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    object: "list",
    data: shown.map(show),
    hasMore,
    nextCursor: hasMore && last !== undefined ? cursorOf(last) : null,
  };
}

/**
 * Iterates over everything in a list, and fetches a page no sooner than it is needed.
 * @param fetchPage returns the page that begins at a cursor
 */
export async function* iteratePages<T>(
  fetchPage: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void> {
  let cursor: string | undefined;
  do {
    const page: Page<T> = await fetchPage(cursor);
    yield* page.data;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
