import { and, count, eq, gt, lte, min, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { HOUR_MS } from "../../time.ts";
import { cardDeclines } from "../tables.ts";

/** The number of declined cards in any hour of this length, for a user and for a network. */
export const DECLINES_MAX = 5;
const WINDOW_MS = HOUR_MS;

/** Whoever tries a card. `network`: null where it is not known. */
export interface CardHolder {
  readonly userId: string;
  readonly network: string | null;
}

/**
 * A try of a card that may begin. `isLast`: another decline would reach the limit. A try that may
 * not has no `id`, and `resetAt` (ms) is when one may again.
 */
export interface CardTry {
  readonly id: number | null;
  readonly isLast: boolean;
  readonly resetAt: number;
}

/**
 * Begins to try a card, unless five of the user or of the network were declined within the last
 * hour. It counts as declined from now on, until `forgetTry`: so of any number at once five are
 * tried, and one whose Worker died counts. The batch is one transaction.
 */
export async function beginTry(
  db: Database,
  { userId, network }: CardHolder,
  nowMs: number,
): Promise<CardTry> {
  const counts = gt(cardDeclines.at, nowMs - WINDOW_MS);
  const ofUser = and(eq(cardDeclines.userId, userId), counts);
  const ofNetwork = and(eq(cardDeclines.network, network ?? ""), counts);
  const countOf = (which: typeof ofUser) =>
    sql`(select count(*) from ${cardDeclines} where ${which})`;
  const [begun, [user], [others]] = await db.batch([
    db
      .insert(cardDeclines)
      .select(
        sql`select null, ${userId}, ${network}, ${nowMs}
          where ${countOf(ofUser)} < ${DECLINES_MAX} and ${countOf(ofNetwork)} < ${DECLINES_MAX}`,
      )
      .returning({ id: cardDeclines.id }),
    db
      .select({ n: count(), oldest: min(cardDeclines.at) })
      .from(cardDeclines)
      .where(ofUser),
    db
      .select({ n: count(), oldest: min(cardDeclines.at) })
      .from(cardDeclines)
      .where(ofNetwork),
  ]);
  const full = [user, others].filter((one) => one !== undefined && one.n >= DECLINES_MAX);
  return {
    id: begun[0]?.id ?? null,
    isLast: full.length > 0,
    resetAt: Math.max(nowMs, ...full.map((one) => (one?.oldest ?? nowMs) + WINDOW_MS)),
  };
}

/** Forgets a try that was not declined. */
export async function forgetTry(db: Database, id: number): Promise<void> {
  await db.delete(cardDeclines).where(eq(cardDeclines.id, id));
}

/** Deletes declines that no longer count. */
export async function pruneCardDeclines(db: Database, nowMs: number, limit: number): Promise<void> {
  const expired = db
    .select({ id: cardDeclines.id })
    .from(cardDeclines)
    .where(lte(cardDeclines.at, nowMs - WINDOW_MS))
    .limit(limit);
  await db.delete(cardDeclines).where(sql`${cardDeclines.id} in ${expired}`);
}
