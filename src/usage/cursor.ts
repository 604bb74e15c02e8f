import { fail, ok, type Result } from "../errors.ts";

/** Reads a cursor: the number of the last entry shown, or none for the first page. */
export function readCursor(cursor: string | undefined): Result<number | null> {
  if (cursor === undefined) return ok(null);
  const entryNo = Number(cursor);
  if (/^\d{1,15}$/.test(cursor) && entryNo > 0) return ok(entryNo);
  return fail("invalid_request", "cursor: must be the nextCursor of an earlier page", {
    param: "cursor",
  });
}
