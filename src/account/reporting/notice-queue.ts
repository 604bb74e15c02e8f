import { and, eq, isNotNull, lte } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { accountNotices } from "./tables.ts";

/** A notice of an account. Times in ms. */
export type AccountNotice = typeof accountNotices.$inferSelect;

/** Lists notices that nobody has handled, the longest due first. */
export const listUnhandledNotices = (
  db: Database,
  nowMs: number,
  limit: number,
): Promise<AccountNotice[]> =>
  db
    .select()
    .from(accountNotices)
    .where(lte(accountNotices.dueAt, nowMs))
    .orderBy(accountNotices.dueAt)
    .limit(limit);

/** Selects a notice, as long as nobody has handled it and no other cause has replaced it. */
const isStill = ({ userId, subject, cause }: AccountNotice) =>
  and(
    eq(accountNotices.userId, userId),
    eq(accountNotices.subject, subject),
    eq(accountNotices.cause, cause),
    isNotNull(accountNotices.dueAt),
  );

/** Returns the statement that marks a notice as handled. It changes no row a second time. */
export const markNoticeHandled = (db: Database, notice: AccountNotice) =>
  db.update(accountNotices).set({ dueAt: null }).where(isStill(notice));

/** Puts a notice off, before it is tried. */
export async function deferNotice(
  db: Database,
  notice: AccountNotice,
  dueAtMs: number,
): Promise<void> {
  await db.update(accountNotices).set({ dueAt: dueAtMs }).where(isStill(notice));
}

/** Deletes the notices of a user, who is being erased. */
export async function deleteNoticesOf(db: Database, userId: string): Promise<void> {
  await db.delete(accountNotices).where(eq(accountNotices.userId, userId));
}
