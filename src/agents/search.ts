import { fail, ok, type Result } from "../errors.ts";
import type { MarketplaceCursor } from "./store.ts";

/** More words than this narrow nothing further, and each is looked for in every listed agent. */
const SEARCH_WORDS_MAX = 8;

/**
 * A text as it is compared: without case, and without the difference between characters that look
 * the same (NFKC).
 */
export const normalizeSearchText = (text: string): string => text.normalize("NFKC").toLowerCase();

/** The words of a search, of which a result has all. */
export const parseSearchWords = (q: string): string[] =>
  [...new Set(normalizeSearchText(q).split(/\s+/))]
    .filter((word) => word !== "")
    .slice(0, SEARCH_WORDS_MAX);

/** The cursor of the page that begins after an agent. */
export const formatMarketplaceCursor = ({ key, id }: MarketplaceCursor): string => `${key}.${id}`;

/** Reads a cursor that `formatMarketplaceCursor` made; none is the beginning. */
export function parseMarketplaceCursor(
  cursor: string | undefined,
): Result<MarketplaceCursor | undefined> {
  if (cursor === undefined) return ok(undefined);
  const [, key, id] = /^(\d{1,15})\.(agt_[0-9a-f]{32})$/.exec(cursor) ?? [];
  if (key === undefined || id === undefined)
    return fail("invalid_request", "cursor: is not one that an earlier page gave as nextCursor", {
      param: "cursor",
    });
  return ok({ key: Number(key), id });
}
