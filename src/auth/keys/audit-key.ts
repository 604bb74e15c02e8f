import { type AuditFacts, auditStatement } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { batchAll, formatError } from "../../db.ts";
import { log } from "../../log.ts";
import { noticeStatements } from "../notices/draft-notice.ts";

/** A secret that its owner is told of by mail: somebody else may have made it. */
interface NewSecret {
  readonly userId: string;
  readonly keyId: string;
  /** The name of its key. */
  readonly name: string;
  /** Whether the key was there before, and got another secret. */
  readonly isRotation?: boolean;
}

/** Something that was done to a key. Neither its name nor what its fields became is logged. */
interface KeyEvent {
  readonly action: "api_key.created" | "api_key.updated" | "api_key.rotated" | "api_key.revoked";
  readonly keyId: string;
  readonly userId: string;
  readonly after?: AuditFacts;
  readonly newSecret?: Pick<NewSecret, "name" | "isRotation">;
}

/** Returns the statement that mails the owner of a key about its new secret. */
export const keyMadeStatements = (
  ctx: Context,
  { userId, keyId, name, isRotation = false }: NewSecret,
) =>
  noticeStatements(ctx, {
    userId,
    kind: "key_made",
    facts: { name, isRotation, madeAtMs: ctx.nowMs, keysUrl: `${ctx.config.PUBLIC_URL}/keys` },
    onceKey: `key_made:${userId}:${keyId}${isRotation ? `:${ctx.nowMs}` : ""}`,
  });

/**
 * Records in the audit log what was done to a key, and mails its owner of a new secret. It is done
 * by then, so a log that cannot be written does not turn it into a failure: the maker of a key
 * would never see it.
 */
export async function auditKey(
  ctx: Context,
  { action, keyId, userId, after, newSecret }: KeyEvent,
): Promise<void> {
  const { db, actor, nowMs } = ctx;
  const entry = { actor, action, subjectId: keyId, userId, after: after ?? null };
  try {
    const mail =
      newSecret === undefined ? [] : await keyMadeStatements(ctx, { userId, keyId, ...newSecret });
    await batchAll(db, [auditStatement(db, entry, nowMs), ...mail]);
  } catch (error) {
    log.error("audit.write_failed", { action, keyId, userId, error: formatError(error) });
  }
}
