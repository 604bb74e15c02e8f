import { z } from "zod";

/**
 * `?limit=1..100` (10) and `?cursor=` as every list takes them. A cursor is opaque: what an earlier
 * page gave as `nextCursor`.
 */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  cursor: z.string().max(200).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

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
 * Everything of a list, a page at a time and no sooner than it is asked for. @param ask gives the
 * page that begins at a cursor
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
