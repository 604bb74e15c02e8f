import { invalid, missing } from "./errors.ts";
import type { Created, Paging } from "./params.ts";

/** A page of a list in its API form. */
export interface Page<T> {
  readonly object: "list";
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly url: string;
}

/** Returns one page of rows, which are in the order of the list (newest first). */
export function paginate<T extends { readonly id: string }>(
  rows: readonly T[],
  paging: Paging,
  kind: string,
  url: string,
): Page<T> {
  const { limit, starting_after: after, ending_before: before } = paging;
  if (after !== undefined && before !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: starting_after, ending_before.",
      "starting_after",
    );
  }
  const indexOf = (id: string, param: string) => {
    const index = rows.findIndex((row) => row.id === id);
    if (index === -1) throw missing(kind, id, param);
    return index;
  };
  if (before !== undefined) {
    const end = indexOf(before, "ending_before");
    const start = Math.max(0, end - limit);
    return { object: "list", data: rows.slice(start, end), has_more: start > 0, url };
  }
  const start = after === undefined ? 0 : indexOf(after, "starting_after") + 1;
  return {
    object: "list",
    data: rows.slice(start, start + limit),
    has_more: start + limit < rows.length,
    url,
  };
}

/** Shortens a list inside an object to ten; the rest has a route of its own. */
export const firstTen = <T, List extends { readonly data: readonly T[] }>(page: List) => ({
  ...page,
  data: page.data.slice(0, 10),
  has_more: page.data.length > 10,
});

/** Returns whether a time matches a `created` filter. */
export function isWithin(createdSeconds: number, filter: Created | undefined): boolean {
  const { gt, gte, lt, lte } = filter ?? {};
  return (
    (gt === undefined || createdSeconds > gt) &&
    (gte === undefined || createdSeconds >= gte) &&
    (lt === undefined || createdSeconds < lt) &&
    (lte === undefined || createdSeconds <= lte)
  );
}
