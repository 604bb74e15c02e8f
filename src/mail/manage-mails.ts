import { and, desc, eq, lt, lte, ne, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import { firstIdAt } from "../ids.ts";
import { DAY_MS, toIso, toIsoOrNull } from "../time.ts";
import { type MAIL_STATES, mails } from "./tables.ts";
import type { MailView } from "./wire.ts";

/** Mails that were sent or given up are kept for as long as somebody may ask about them. */
const KEPT_MS = 30 * DAY_MS;

const COLUMNS = {
  id: mails.id,
  kind: mails.kind,
  userId: mails.userId,
  state: mails.state,
  tries: mails.tries,
  dueAt: mails.dueAt,
  lastError: mails.lastError,
  createdAt: mails.createdAt,
};

/** A filter of mails, of which every given field has to match, and a page. */
export interface MailQuery {
  readonly state?: (typeof MAIL_STATES)[number] | undefined;
  readonly userId?: string | undefined;
  readonly limit: number;
  /** The id of the last mail of the page before. */
  readonly cursor?: string | undefined;
}

/** Lists mails without their content, newest first, and one more than `limit`. */
export async function listMails(db: Database, { state, userId, limit, cursor }: MailQuery) {
  const conditions: (SQL | undefined)[] = [];
  if (state !== undefined) conditions.push(eq(mails.state, state));
  if (userId !== undefined) conditions.push(eq(mails.userId, userId));
  if (cursor !== undefined) conditions.push(lt(mails.id, cursor));
  return await db
    .select(COLUMNS)
    .from(mails)
    .where(and(...conditions))
    .orderBy(desc(mails.id))
    .limit(limit + 1);
}

/** Shows a mail. */
export const showMail = ({
  dueAt,
  createdAt,
  ...mail
}: Awaited<ReturnType<typeof listMails>>[number]): MailView => ({
  ...mail,
  nextTryAt: toIsoOrNull(mail.state === "queued" ? dueAt : null),
  createdAt: toIso(createdAt),
});

/** Returns whether a cause has its mail: queued, sent or given up within the last month. */
export async function hasMail(db: Database, onceKey: string): Promise<boolean> {
  const row = await db.select({ id: mails.id }).from(mails).where(eq(mails.onceKey, onceKey)).get();
  return row !== undefined;
}

/** Deletes all mails to a user, who is being erased. */
export async function deleteMailsOf(db: Database, userId: string): Promise<void> {
  await db.delete(mails).where(eq(mails.userId, userId));
}

/**
 * Deletes mails that were sent or given up a month ago. For the cron.
 * @param limit the most to delete at once
 */
export async function pruneMails(db: Database, nowMs: number, limit: number): Promise<number> {
  const old = db
    .select({ id: mails.id })
    .from(mails)
    .where(and(ne(mails.state, "queued"), lte(mails.id, firstIdAt("mai", nowMs - KEPT_MS))))
    .limit(limit);
  const removed = await db.delete(mails).where(sql`${mails.id} in ${old}`).returning({
    id: mails.id,
  });
  return removed.length;
}
