import { and, eq, inArray, isNotNull, lte, ne, type SQL, sql } from "drizzle-orm";
import { listSecrets } from "../../config.ts";
import type { Context } from "../../context.ts";
import { batchAll, type Database } from "../../db.ts";
import { hmacHex } from "../../digest.ts";
import { DAY_MS } from "../../time.ts";
import {
  challenges,
  passkeys,
  recoveryCodes,
  spentFreeAllowances,
  totpFactors,
  users,
} from "../tables.ts";
import { foldEmail } from "./fold-email.ts";

/** The longest period of a free plan's allowance: a month. */
const LONGEST_PERIOD_MS = 31 * DAY_MS;

const hashFolded = (secret: string, folded: string): Promise<string> =>
  hmacHex(secret, `free allowance:${folded}`);

/** A sign-up's claim to the free allowance of its folded address. */
export interface FreeAllowanceClaim {
  readonly folded: string;
  /**
   * The condition that the allowance is another user's, or was one's who was erased within a month.
   * The statement that inserts the user decides: of any number of sign-ups at once one gets it.
   */
  readonly isTaken: SQL<boolean>;
}

/** Prepares a claim. Hashes under secrets from before count while those are known. */
export async function claimFreeAllowance(
  { config, nowMs }: Pick<Context, "config" | "nowMs">,
  email: string,
): Promise<FreeAllowanceClaim> {
  const folded = foldEmail(email);
  const hashes = await Promise.all(listSecrets(config).map((secret) => hashFolded(secret, folded)));
  // Users of earlier versions have an allowance and no folded address: their own address counts.
  const isTaken = sql<boolean>`(
    exists (select 1 from users as holders where holders.free_address = ${folded})
    or exists (
      select 1 from users as holders
      where holders.email_normalized = ${folded} and holders.has_free_allowance = 1
    )
    or exists (
      select 1 from ${spentFreeAllowances}
      where ${inArray(spentFreeAllowances.addressHash, hashes)}
        and ${spentFreeAllowances.expiresAt} > ${nowMs}
    )
  )`;
  return { folded, isTaken };
}

/**
 * Returns the hash of the folded address whose free allowance a user had; null for none. The
 * address of an external user is only told, and gives and takes no allowance.
 */
async function hashOfUser(
  { db, config }: Pick<Context, "db" | "config">,
  userId: string,
): Promise<string | null> {
  const user = await db
    .select({ email: users.email, freeAddress: users.freeAddress })
    .from(users)
    .where(
      and(
        eq(users.id, userId),
        eq(users.hasFreeAllowance, true),
        ne(users.emailNormalized, users.id),
      ),
    )
    .get();
  if (user === undefined) return null;
  return await hashFolded(config.JWT_SECRET, user.freeAddress ?? foldEmail(user.email));
}

/**
 * Ends an erasure: deletes the row, so that the address may be registered again, and before it the
 * ways to sign in. That its free allowance was had is kept for a month.
 */
export async function endErasure(
  ctx: Pick<Context, "db" | "config" | "nowMs">,
  userId: string,
): Promise<void> {
  const { db, nowMs } = ctx;
  const addressHash = await hashOfUser(ctx, userId);
  const expiresAt = nowMs + LONGEST_PERIOD_MS;
  const kept = (hash: string) =>
    db
      .insert(spentFreeAllowances)
      .values({ addressHash: hash, expiresAt })
      .onConflictDoUpdate({ target: spentFreeAllowances.addressHash, set: { expiresAt } });
  await batchAll(db, [
    ...(addressHash === null ? [] : [kept(addressHash)]),
    db.delete(totpFactors).where(eq(totpFactors.userId, userId)),
    db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    db.delete(passkeys).where(eq(passkeys.userId, userId)),
    db.delete(challenges).where(eq(challenges.userId, userId)),
    db.delete(users).where(and(eq(users.id, userId), isNotNull(users.erasingAt))),
  ]);
}

/**
 * Deletes free allowances that may be had again. For the cron.
 * @param limit the most to delete at once
 */
export async function pruneSpentAllowances(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<number> {
  const expired = db
    .select({ addressHash: spentFreeAllowances.addressHash })
    .from(spentFreeAllowances)
    .where(lte(spentFreeAllowances.expiresAt, nowMs))
    .limit(limit);
  const removed = await db
    .delete(spentFreeAllowances)
    .where(sql`${spentFreeAllowances.addressHash} in ${expired}`)
    .returning({ addressHash: spentFreeAllowances.addressHash });
  return removed.length;
}
