import { and, eq, ne, notInArray } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { creditAccount } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { log } from "../../log.ts";
import { SECOND_MS } from "../../time.ts";
import { sessions } from "../tables.ts";
import { ACCESS_TOKEN_TTL_SECONDS } from "./access-token.ts";
import { newestSessionIds } from "./sessions.ts";

/** The most sessions of a user. With one more, the oldest ends. */
const SESSIONS_MAX = 50;

/** Sessions of one user that have ended. */
export interface EndedSessions {
  readonly userId: string;
  readonly sessionIds: readonly string[];
}

/**
 * Tells a user's account object which sessions have ended, so that it refuses chats by their access
 * tokens, which chats do not check in D1. While the object cannot be reached, such a token chats
 * until it expires, as it could not without the object either.
 */
export async function refuseTokensOf(
  { env, nowMs }: Pick<Context, "env" | "nowMs">,
  { userId, sessionIds }: EndedSessions,
): Promise<void> {
  if (sessionIds.length === 0) return;
  const untilMs = nowMs + ACCESS_TOKEN_TTL_SECONDS * SECOND_MS;
  try {
    await creditAccount(env, userId).endSessions({ sessionIds, untilMs });
  } catch (error) {
    log.error("session.end_failed", { userId, error: formatError(error) });
  }
}

/**
 * Ends the oldest sessions of a user who has more than 50.
 * @param startedId the session that was just begun, which stays in any case
 */
export async function endOldestSessions(
  ctx: Context,
  userId: string,
  startedId: string,
): Promise<void> {
  const newest = newestSessionIds(ctx.db, userId, SESSIONS_MAX);
  const ended = await ctx.db
    .delete(sessions)
    .where(
      and(eq(sessions.userId, userId), ne(sessions.id, startedId), notInArray(sessions.id, newest)),
    )
    .returning({ id: sessions.id });
  await refuseTokensOf(ctx, { userId, sessionIds: ended.map(({ id }) => id) });
}

/**
 * Ends one session of a user.
 * @returns false where the user has no such session
 */
export async function endOwnSession(
  ctx: Pick<Context, "env" | "db" | "nowMs">,
  userId: string,
  sessionId: string,
): Promise<boolean> {
  const ended = await ctx.db
    .delete(sessions)
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId)))
    .returning({ id: sessions.id });
  await refuseTokensOf(ctx, { userId, sessionIds: ended.map(({ id }) => id) });
  return ended.length > 0;
}

/** Ends all sessions of a user but one. */
export async function endOtherSessions(
  ctx: Pick<Context, "env" | "db" | "nowMs">,
  userId: string,
  keptSessionId: string,
): Promise<void> {
  const ended = await ctx.db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), ne(sessions.id, keptSessionId)))
    .returning({ id: sessions.id });
  await refuseTokensOf(ctx, { userId, sessionIds: ended.map(({ id }) => id) });
}

/**
 * Ends sessions of a user for an admin.
 * @param sessionId null for all of them
 * @param statement runs right after, in the same batch
 * @returns whether there were any
 */
export async function endSessionsByAdmin(
  ctx: Pick<Context, "env" | "db" | "nowMs">,
  userId: string,
  sessionId: string | null,
  statement: BatchItem<"sqlite">,
): Promise<boolean> {
  const isOne = sessionId === null ? undefined : eq(sessions.id, sessionId);
  const [ended] = await ctx.db.batch([
    ctx.db
      .delete(sessions)
      .where(and(eq(sessions.userId, userId), isOne))
      .returning({ id: sessions.id }),
    statement,
  ]);
  await refuseTokensOf(ctx, { userId, sessionIds: ended.map(({ id }) => id) });
  return ended.length > 0;
}
