import { auditStatement } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { batchAll, formatError } from "../../db.ts";
import { log } from "../../log.ts";
import { noticeStatements } from "../notices/draft-notice.ts";

/** A key that was made, or that ended. */
export interface KeyEvent {
  readonly action: "api_key.created" | "api_key.revoked";
  readonly keyId: string;
  readonly userId: string;
  readonly scopes?: readonly string[];
  /** Of a key that was made: its owner is told by mail. */
  readonly name?: string;
}

/** Returns the statement that mails the owner of a new key: somebody else may have made it. */
export const keyMadeStatements = (
  ctx: Context,
  { userId, keyId, name }: Required<Pick<KeyEvent, "userId" | "keyId" | "name">>,
) =>
  noticeStatements(ctx, {
    userId,
    kind: "key_made",
    facts: { name, madeAtMs: ctx.nowMs, keysUrl: `${ctx.config.PUBLIC_URL}/keys` },
    onceKey: `key_made:${userId}:${keyId}`,
  });

/**
 * Records in the audit log that a key was made or ended, and mails its owner of a new one. It is
 * done by then, so a log that cannot be written does not turn it into a failure: the maker of a key
 * would never see it.
 */
export async function auditKey(
  ctx: Context,
  { action, keyId, userId, scopes, name }: KeyEvent,
): Promise<void> {
  const { db, actor, nowMs } = ctx;
  const after = scopes === undefined ? null : { scopes };
  const entry = { actor, action, subjectId: keyId, userId, after };
  try {
    const mail = name === undefined ? [] : await keyMadeStatements(ctx, { userId, keyId, name });
    await batchAll(db, [auditStatement(db, entry, nowMs), ...mail]);
  } catch (error) {
    log.error("audit.write_failed", { action, keyId, userId, error: formatError(error) });
  }
}
