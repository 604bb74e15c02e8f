import { findFirstEntrySince } from "./chat-log.ts";
import type { AccountState } from "./state.ts";

/**
 * Returns whether anything was used since a time, in ms: a chat that was served or is still open,
 * by whatever paid for it, or a tracked use. Reads the entries since then.
 */
export function hasUseSince(
  sql: SqlStorage,
  state: Pick<AccountState, "holds">,
  sinceMs: number,
): boolean {
  if (Object.values(state.holds).some(({ createdAt }) => createdAt >= sinceMs)) return true;
  const { used } = sql
    .exec<{ used: number }>(
      `SELECT EXISTS (
         SELECT 1 FROM entries WHERE entry_no >= ? AND kind IN ('capture', 'track')
       ) AS used`,
      findFirstEntrySince(sql, sinceMs),
    )
    .one();
  return used === 1;
}
