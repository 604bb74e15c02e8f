import { fail, ok, type Result } from "../errors.ts";
import type { PlanPosition } from "./store.ts";

/** Returns the cursor of the page that begins after a plan. */
export const toPlanCursor = ({ sortOrder, id }: PlanPosition): string => `${sortOrder}.${id}`;

/**
 * Parses a cursor that `toPlanCursor` made. Undefined is the beginning of the list.
 * @returns `invalid_request` for any other text
 */
export function parsePlanCursor(cursor: string | undefined): Result<PlanPosition | undefined> {
  if (cursor === undefined) return ok(undefined);
  const [, sortOrder, id] = /^(\d{1,7})\.(pln_[0-9a-f]+)$/.exec(cursor) ?? [];
  if (sortOrder === undefined || id === undefined)
    return fail("invalid_request", "cursor: must be the nextCursor of an earlier page", {
      param: "cursor",
    });
  return ok({ sortOrder: Number(sortOrder), id });
}
