import { and, desc, eq, gt, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import { newId } from "../../ids.ts";
import { SECOND_MS } from "../../time.ts";
import type { Role } from "../caller.ts";
import { type SignInMethod, sessions, users } from "../tables.ts";
import type { Device } from "./device.ts";
import { lastSeenAt } from "./record-seen.ts";
import {
  hashRefreshToken,
  newRefreshToken,
  nextRefreshToken,
  REFRESH_TOKEN_TTL_MS,
  SESSION_TTL_MS,
} from "./refresh-token.ts";

/** A session, and the refresh token that continues it, whose text is known only now. */
export interface NewSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly refreshToken: string;
}

/** A live session, and what its user is now. */
export interface LiveSession {
  readonly role: Role;
  /** Whether the operator suspended the user. */
  readonly isSuspended: boolean;
  /** The time at which a second factor was shown in it; null without one. */
  readonly twoFactorAt: number | null;
  readonly lastSeenAt: number;
}

/** Finds a live session; undefined when it has ended or its user is gone. */
export async function findLiveSession(
  db: Database,
  sessionId: string,
  userId: string,
  nowMs: number,
): Promise<LiveSession | undefined> {
  const row = await db
    .select({
      role: users.role,
      suspendedAt: users.suspendedAt,
      twoFactorAt: sessions.twoFactorAt,
      lastSeenAt,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, sessionId),
        eq(sessions.userId, userId),
        gt(sessions.expiresAt, nowMs),
        isNull(users.erasingAt),
      ),
    )
    .get();
  if (row === undefined) return undefined;
  const { suspendedAt, ...session } = row;
  return { ...session, isSuspended: suspendedAt !== null };
}

/** The terms of a new session. */
export interface SessionTerms {
  readonly userId: string;
  /** The hash of the password that was checked, which must still be the user's. */
  readonly passwordHash?: string | undefined;
  readonly method: SignInMethod;
  readonly isTwoFactor: boolean;
  readonly device: Device;
}

/**
 * Creates a session for a user who proved who they are.
 * @returns undefined when the password that proved it is no longer the user's, or the user is gone.
 *   The insert itself decides that, so that no session begins with a password that was changed a
 *   moment ago.
 */
export async function createSession(
  db: Database,
  { userId, passwordHash, method, isTwoFactor, device }: SessionTerms,
  nowMs: number,
): Promise<NewSession | undefined> {
  const refreshToken = newRefreshToken();
  const hashes = await hashRefreshToken(refreshToken);
  if (hashes === undefined) throw new Error("A new refresh token does not have the shape of one.");
  const sessionId = newId("ses", nowMs);
  const { userAgent, country, city } = device;
  const isPassword =
    passwordHash === undefined ? sql`true` : sql`${users.passwordHash} = ${passwordHash}`;
  const opened = await db
    .insert(sessions)
    .select(
      sql`select ${sessionId}, ${users.id}, ${hashes.familyHash}, ${hashes.tokenHash}, ${nowMs},
        ${nowMs}, ${nowMs + REFRESH_TOKEN_TTL_MS}, ${method}, ${isTwoFactor ? nowMs : null},
        ${userAgent}, ${country}, ${city}, null
        from ${users}
        where ${users.id} = ${userId} and ${users.erasingAt} is null and ${isPassword}`,
    )
    .returning({ id: sessions.id });
  return opened.length === 0 ? undefined : { sessionId, userId, refreshToken };
}

/** The outcome of using a refresh token. */
export type Rotation =
  | { readonly kind: "rotated"; readonly session: NewSession }
  /** The token had been used before, or had expired: its family has ended. */
  | {
      readonly kind: "ended";
      readonly sessionId: string;
      readonly userId: string;
      readonly wasReused: boolean;
    }
  /** No family has this token, or its successor was made a moment ago. */
  | { readonly kind: "unknown" };

/**
 * The time after a refresh in which an older token of the family is refused and nothing else: two
 * tabs of the owner's may refresh at once, and a client may repeat a request whose answer was lost.
 * A thief gains nothing by it, as the token gets no answer.
 */
export const REUSE_GRACE_MS = 10 * SECOND_MS;

/**
 * Exchanges a refresh token for its successor, for 30 days more and a year in all. One statement
 * compares and swaps, so of two uses at once exactly one wins. A use later than `REUSE_GRACE_MS`
 * after that is reuse, and ends the family (RFC 9700 §4.14.2): nobody can tell the owner's second
 * use from a thief's.
 */
export async function rotateSession(
  db: Database,
  refreshToken: string,
  nowMs: number,
): Promise<Rotation> {
  const presented = await hashRefreshToken(refreshToken);
  if (presented === undefined) return { kind: "unknown" };
  const successor = nextRefreshToken(refreshToken);
  const next = await hashRefreshToken(successor);
  if (next === undefined) throw new Error("A new refresh token does not have the shape of one.");
  const lastsUntil = sql`${sessions.createdAt} + ${SESSION_TTL_MS}`;
  const expiresAt = sql<number>`min(${nowMs + REFRESH_TOKEN_TTL_MS}, ${lastsUntil})`;
  const [swapped] = await db
    .update(sessions)
    .set({ tokenHash: next.tokenHash, refreshedAt: nowMs, expiresAt })
    .where(
      and(
        eq(sessions.familyHash, presented.familyHash),
        eq(sessions.tokenHash, presented.tokenHash),
        gt(sessions.expiresAt, nowMs),
        gt(lastsUntil, nowMs),
      ),
    )
    .returning({ sessionId: sessions.id, userId: sessions.userId });
  if (swapped !== undefined)
    return { kind: "rotated", session: { ...swapped, refreshToken: successor } };
  const isExpired = eq(sessions.tokenHash, presented.tokenHash);
  const isReuse = lte(sessions.refreshedAt, nowMs - REUSE_GRACE_MS);
  const [ended] = await db
    .delete(sessions)
    .where(and(eq(sessions.familyHash, presented.familyHash), or(isExpired, isReuse)))
    .returning();
  if (ended === undefined) return { kind: "unknown" };
  const { id: sessionId, userId } = ended;
  return { kind: "ended", sessionId, userId, wasReused: ended.tokenHash !== presented.tokenHash };
}

/** Ends a session. Idempotent. */
export async function endSession(db: Database, sessionId: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.id, sessionId));
}

/**
 * Ends the session of a refresh token, even of one that has been used.
 * @returns the session; undefined when it had ended
 */
export async function endSessionOfToken(
  db: Database,
  refreshToken: string,
): Promise<{ id: string; userId: string } | undefined> {
  const hashes = await hashRefreshToken(refreshToken);
  if (hashes === undefined) return undefined;
  const [ended] = await db
    .delete(sessions)
    .where(eq(sessions.familyHash, hashes.familyHash))
    .returning({ id: sessions.id, userId: sessions.userId });
  return ended;
}

/**
 * Selects the ids of a user's newest sessions, for use in another statement. An id begins with the
 * time at which its session did.
 */
export const newestSessionIds = (db: Database, userId: string, limit: number) =>
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .orderBy(desc(sessions.id))
    .limit(limit);

/**
 * Sets a new password and ends every session but the one in which it was changed.
 * @param auditStatement runs right after the change, in the same batch
 * @returns the ids of the ended sessions; null when another change was first, so that `oldHash` is
 *   no longer the user's. Then nothing changes.
 */
export async function replacePassword(
  db: Database,
  change: { userId: string; oldHash: string; newHash: string; keptSessionId: string },
  nowMs: number,
  auditStatement: BatchItem<"sqlite">,
): Promise<string[] | null> {
  const { userId, oldHash, newHash, keptSessionId } = change;
  const wasReplaced = sql`exists (
    select 1 from ${users} where ${users.id} = ${userId} and ${users.passwordHash} = ${newHash}
  )`;
  const [replaced, , ended] = await db.batch([
    db
      .update(users)
      .set({ passwordHash: newHash, updatedAt: nowMs })
      .where(and(eq(users.id, userId), eq(users.passwordHash, oldHash)))
      .returning({ id: users.id }),
    auditStatement,
    db
      .delete(sessions)
      .where(and(eq(sessions.userId, userId), ne(sessions.id, keptSessionId), wasReplaced))
      .returning({ id: sessions.id }),
  ]);
  return replaced.length === 0 ? null : ended.map(({ id }) => id);
}

/**
 * Deletes sessions whose last refresh token has expired. For the cron.
 * @param limit the most to delete at once
 * @returns the number deleted: `limit` when there may be more
 */
export async function pruneSessions(db: Database, nowMs: number, limit: number): Promise<number> {
  const expired = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(lte(sessions.expiresAt, nowMs))
    .limit(limit);
  const removed = await db
    .delete(sessions)
    .where(sql`${sessions.id} in ${expired}`)
    .returning({ id: sessions.id });
  return removed.length;
}

/** The columns of a session that its user may see. */
const SHOWN_COLUMNS = {
  id: sessions.id,
  method: sessions.method,
  userAgent: sessions.userAgent,
  country: sessions.country,
  city: sessions.city,
  createdAt: sessions.createdAt,
  refreshedAt: sessions.refreshedAt,
  lastSeenAt,
  expiresAt: sessions.expiresAt,
};

/** A session as its user may see it. Times in ms since 1970. */
export type ListedSession = Pick<
  typeof sessions.$inferSelect,
  "id" | "method" | "userAgent" | "country" | "city" | "createdAt" | "refreshedAt" | "expiresAt"
> & { readonly lastSeenAt: number };

/** Lists a user's live sessions, newest first, and nothing by which one could be used. */
export const listSessions = (
  db: Database,
  userId: string,
  nowMs: number,
): Promise<ListedSession[]> =>
  db
    .select(SHOWN_COLUMNS)
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, nowMs)))
    .orderBy(desc(sessions.id));
