import { creditAccount } from "../account/index.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { type Page, type PageQuery, toPage } from "../http/page.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { readCursor } from "./cursor.ts";
import { showGrant } from "./show.ts";
import type { GrantView } from "./wire.ts";

const toGrantNo = (id: string): string => id.slice(id.indexOf("_") + 1);

/**
 * Lists a page of a user's grants, newest first.
 * @returns `invalid_request` for a cursor that no page gave
 */
export async function listGrants(
  env: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
  { limit, cursor }: PageQuery,
): Promise<Result<Page<GrantView>>> {
  const before = readCursor(cursor);
  if (!before.ok) return before;
  const grants = await orUnavailable(
    creditAccount(env, userId).grants({ limit: limit + 1, before: before.value }),
  );
  return ok(toPage(grants, limit, showGrant, (grant) => toGrantNo(grant.grantId)));
}
