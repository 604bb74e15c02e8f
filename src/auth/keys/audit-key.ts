import { record } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { log } from "../../log.ts";

/** A key that was made, or that ended. */
export interface KeyEvent {
  readonly action: "api_key.created" | "api_key.revoked";
  readonly keyId: string;
  readonly userId: string;
  readonly scopes?: readonly string[];
}

/**
 * Records in the audit log that a key was made or ended. It is done by then, so a log that cannot
 * be written does not turn it into a failure: the maker of a key would never see it.
 */
export async function auditKey(
  { db, actor, nowMs }: Context,
  { action, keyId, userId, scopes }: KeyEvent,
): Promise<void> {
  const after = scopes === undefined ? null : { scopes };
  try {
    await record(db, { actor, action, subjectId: keyId, userId, after }, nowMs);
  } catch (error) {
    log.error("audit.write_failed", { action, keyId, userId, error: formatError(error) });
  }
}
