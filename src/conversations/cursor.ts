import { fail, ok, type Result } from "../errors.ts";

/**
 * A cursor here is a whole number: that of the last conversation, or the place of the last message,
 * that was shown.
 */
export function readCursor(cursor: string | undefined): Result<number | null> {
  if (cursor === undefined) return ok(null);
  if (/^\d{1,15}$/.test(cursor)) return ok(Number(cursor));
  return fail("invalid_request", "cursor: is not one that an earlier page gave as nextCursor", {
    param: "cursor",
  });
}
