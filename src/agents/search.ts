import { fail, ok, type Result } from "../errors.ts";
import type { MarketPlace } from "./store.ts";

/** More words than this narrow nothing further, and each is looked for in every listed agent. */
const MOST_WORDS = 8;

/**
 * A text as it is compared: without case, and without the difference between characters that look
 * the same (NFKC).
 */
export const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** The words of a search, of which a result has all. */
export const wordsOf = (q: string): string[] =>
  [...new Set(fold(q).split(/\s+/))].filter((word) => word !== "").slice(0, MOST_WORDS);

/** The cursor of the page that begins after an agent. */
export const marketCursor = ({ key, id }: MarketPlace): string => `${key}.${id}`;

/** Reads a cursor that `marketCursor` made; none is the beginning. */
export function readMarketCursor(cursor: string | undefined): Result<MarketPlace | undefined> {
  if (cursor === undefined) return ok(undefined);
  const [, key, id] = /^(\d{1,15})\.(agt_[0-9a-f]{32})$/.exec(cursor) ?? [];
  if (key === undefined || id === undefined)
    return fail("invalid_request", "cursor: is not one that an earlier page gave as nextCursor", {
      param: "cursor",
    });
  return ok({ key: Number(key), id });
}
