import type { ApiKey } from "../../account/index.ts";
import { pageQuery, type TimedPosition, timedCursor, toPage } from "../../http/page.ts";
import { showKey } from "./show-key.ts";

/** The page of a list of keys that is asked for. */
export const keyListQuery = pageQuery.extend({
  limit: pageQuery.shape.limit.unwrap().default(100),
  cursor: timedCursor("key_"),
});

/** The time that a list has for a key from before times were kept. */
const timeOf = ({ createdAt }: ApiKey): number => createdAt ?? 0;

const isAfter = (key: ApiKey, last: TimedPosition): boolean =>
  timeOf(key) < last.atMs || (timeOf(key) === last.atMs && key.keyId > last.id);

/**
 * Shows a page of a user's keys, newest first. What tells of a next page is there only where there
 * is one: keys that come with orders may be any number, all others are 100.
 * @param keys all of them, in the order of the list
 * @param last the last key of the page before
 */
export function showKeyPage(
  keys: readonly ApiKey[],
  limit: number,
  last: TimedPosition | undefined,
) {
  const rest = last === undefined ? keys : keys.filter((key) => isAfter(key, last));
  const page = toPage(rest, limit, showKey, (key) => `${timeOf(key)}.${key.keyId}`);
  const { nextCursor } = page;
  return {
    keys: page.data,
    ...(nextCursor === null ? {} : { hasMore: true as const, nextCursor }),
  };
}
