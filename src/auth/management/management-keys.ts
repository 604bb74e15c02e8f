import { and, count, desc, eq, gt, isNull, lt, lte, or } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { type Database, formatError } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newId } from "../../ids.ts";
import { log } from "../../log.ts";
import { HOUR_MS } from "../../time.ts";
import type { ManagementScope } from "../caller.ts";
import { mintManagementKey } from "../keys/key-format.ts";
import { type ManagementKey, managementKeys } from "../tables.ts";
import { forgetKnownKeys } from "./known-keys.ts";

/** The most management keys that are neither revoked nor expired. */
const KEYS_MAX = 100;
/** The time for which a key counts as used just now. Within it nothing is written. */
const USED_FOR_MS = HOUR_MS;

const COLUMNS = {
  id: managementKeys.id,
  name: managementKeys.name,
  prefix: managementKeys.prefix,
  scopes: managementKeys.scopes,
  createdBy: managementKeys.createdBy,
  createdAt: managementKeys.createdAt,
  expiresAt: managementKeys.expiresAt,
  lastUsedAt: managementKeys.lastUsedAt,
  revokedAt: managementKeys.revokedAt,
};

const isLive = (nowMs: number) =>
  and(
    isNull(managementKeys.revokedAt),
    or(isNull(managementKeys.expiresAt), gt(managementKeys.expiresAt, nowMs)),
  );

/** Whether a key is good now. */
const isLiveNow = ({ revokedAt, expiresAt }: ManagementKey, nowMs: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > nowMs);

/** The settings of a new management key. */
export interface ManagementKeyParams {
  readonly name: string;
  readonly scopes: readonly ManagementScope[];
  /** In ms; null is never. */
  readonly expiresAt: number | null;
}

/**
 * Creates a management key. Only its SHA-256 is stored.
 * @returns the key, and its text, which is shown this once; `limit_reached`
 */
export async function createManagementKey(
  ctx: Context,
  { name, scopes, expiresAt }: ManagementKeyParams,
): Promise<Result<{ key: ManagementKey; text: string }>> {
  const { db, actor, nowMs, config } = ctx;
  const live = await db.select({ n: count() }).from(managementKeys).where(isLive(nowMs)).get();
  if ((live?.n ?? 0) >= KEYS_MAX)
    return fail(
      "limit_reached",
      `There are ${KEYS_MAX} management keys already. Revoke one you don't need.`,
    );
  const { text, prefix, hash } = await mintManagementKey(config);
  const key: ManagementKey = {
    id: newId("mgk", nowMs),
    name,
    prefix,
    scopes,
    createdBy: actor.id,
    createdAt: nowMs,
    expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  };
  const after = { name, scopes, expiresAt };
  const entry = { actor, action: "management_key.created", subjectId: key.id, after };
  await db.batch([
    db.insert(managementKeys).values({ ...key, hash }),
    auditIfChanged(db, entry, nowMs),
  ]);
  return ok({ key, text });
}

/** Lists management keys, newest first, with those that were revoked: up to `limit + 1`. */
export const listManagementKeys = async (
  db: Database,
  limit: number,
  cursor: string | undefined,
): Promise<ManagementKey[]> =>
  await db
    .select(COLUMNS)
    .from(managementKeys)
    .where(cursor === undefined ? undefined : lt(managementKeys.id, cursor))
    .orderBy(desc(managementKeys.id))
    .limit(limit + 1);

/**
 * Revokes a management key: from the next request on, and on `/v1` within ten seconds. `not_found`
 * for one that does not exist or was revoked.
 */
export async function revokeManagementKey(
  { db, actor, nowMs, config }: Context,
  id: string,
): Promise<Result<true>> {
  const entry = { actor, action: "management_key.revoked", subjectId: id };
  const [revoked] = await db.batch([
    db
      .update(managementKeys)
      .set({ revokedAt: nowMs })
      .where(and(eq(managementKeys.id, id), isNull(managementKeys.revokedAt)))
      .returning({ id: managementKeys.id }),
    auditIfChanged(db, entry, nowMs),
  ]);
  forgetKnownKeys(config);
  return revoked.length > 0
    ? ok(true)
    : fail("not_found", `There is no management key ${id}, or it was revoked already.`);
}

/** Finds a management key that is neither revoked nor expired by its hash. */
export async function findLiveManagementKey(
  db: Database,
  hash: string,
  nowMs: number,
): Promise<ManagementKey | undefined> {
  const key = await db
    .select(COLUMNS)
    .from(managementKeys)
    .where(eq(managementKeys.hash, hash))
    .get();
  return key !== undefined && isLiveNow(key, nowMs) ? key : undefined;
}

/** Records that a key was used, to the hour. Of many requests at once one writes. */
export async function recordManagementKeyUse(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  { id, lastUsedAt }: ManagementKey,
): Promise<void> {
  const before = nowMs - USED_FOR_MS;
  if (lastUsedAt !== null && lastUsedAt > before) return;
  try {
    await db
      .update(managementKeys)
      .set({ lastUsedAt: nowMs })
      .where(
        and(
          eq(managementKeys.id, id),
          or(isNull(managementKeys.lastUsedAt), lte(managementKeys.lastUsedAt, before)),
        ),
      );
  } catch (error) {
    // Nothing but the time that admins are shown depends on it.
    log.warn("management_key.use_failed", { keyId: id, error: formatError(error) });
  }
}
