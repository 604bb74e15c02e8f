import { and, count, eq, gt, lt, lte, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newId } from "../../ids.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../time.ts";
import { type CHALLENGE_PURPOSES, challenges, type SignInMethod } from "../tables.ts";

/** The time for which a question may be answered. */
const LIFETIME_MS = 10 * MINUTE_MS;

/** After as many wrong answers a sign-in starts over. */
const TRIES_MAX = 5;

/** The most that a user leaves unanswered in an hour: a guesser gets five tries for each. */
const UNANSWERED_MAX = 10;
const WINDOW_MS = HOUR_MS;

export type ChallengePurpose = (typeof CHALLENGE_PURPOSES)[number];

/** A question that is open. */
export type Challenge = typeof challenges.$inferSelect;

/** The refusal of an answer to a question that is not open any more. */
export const CHALLENGE_ENDED = fail(
  "invalid_request",
  "This sign-in step expired, was already completed, or had too many wrong attempts. Start " +
    "again.",
  { param: "challengeId" },
);
const TOO_MANY_CHALLENGES = fail(
  "rate_limit_exceeded",
  "Too many unfinished sign-in attempts. Wait an hour, or reset your password.",
  { retryAfterSeconds: WINDOW_MS / SECOND_MS },
);

/** The purpose of a question, and what its answer will need. */
interface ChallengeTerms {
  readonly purpose: ChallengePurpose;
  /** Null where a passkey says who is signing in. */
  readonly userId: string | null;
  readonly nonce?: string;
  readonly method?: SignInMethod;
  readonly passwordHash?: string | undefined;
}

/**
 * Opens a question.
 * @returns `rate_limit_exceeded` where the user left ten unanswered within an hour, with the same
 *   password: each has five tries, so nobody who has it guesses more than 50 of a million codes
 */
export async function openChallenge(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  { purpose, userId, nonce = "", method = "password", passwordHash }: ChallengeTerms,
): Promise<Result<{ readonly id: string; readonly expiresAtMs: number }>> {
  const id = newId("chl", nowMs);
  const expiresAtMs = nowMs + LIFETIME_MS;
  const unanswered = db
    .select({ count: count() })
    .from(challenges)
    .where(
      and(
        eq(challenges.userId, userId ?? ""),
        gt(challenges.createdAt, nowMs - WINDOW_MS),
        eq(challenges.purpose, purpose),
        sql`${challenges.passwordHash} is ${passwordHash ?? null}`,
        // Closing one ends it early.
        sql`${challenges.expiresAt} = ${challenges.createdAt} + ${LIFETIME_MS}`,
      ),
    );
  const opened = await db
    .insert(challenges)
    .select(
      sql`select ${id}, ${purpose}, ${userId}, ${nonce}, ${method}, ${passwordHash ?? null}, 0,
        ${nowMs}, ${expiresAtMs} where ${unanswered} < ${UNANSWERED_MAX}`,
    )
    .returning({ id: challenges.id });
  return opened.length === 0 ? TOO_MANY_CHALLENGES : ok({ id, expiresAtMs });
}

/**
 * Counts a try at an open question, before its answer is looked at: no number of answers at once
 * makes more than five.
 */
export async function tryChallenge(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  id: string,
  purpose: ChallengePurpose,
): Promise<Result<Challenge>> {
  const [tried] = await db
    .update(challenges)
    .set({ tries: sql`${challenges.tries} + 1` })
    .where(
      and(
        eq(challenges.id, id),
        eq(challenges.purpose, purpose),
        lt(challenges.tries, TRIES_MAX),
        gt(challenges.expiresAt, nowMs),
      ),
    )
    .returning();
  return tried === undefined ? CHALLENGE_ENDED : ok(tried);
}

/**
 * Closes a question that got its answer.
 * @returns false where another answer was first
 */
export async function closeChallenge(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  { id }: Challenge,
): Promise<boolean> {
  const closed = await db
    .update(challenges)
    .set({ expiresAt: nowMs, passwordHash: null })
    .where(and(eq(challenges.id, id), gt(challenges.expiresAt, nowMs)))
    .returning({ id: challenges.id });
  return closed.length > 0;
}

/**
 * Deletes questions that have expired and count no more. For the cron.
 * @param limit the most to delete at once
 */
export async function pruneChallenges(db: Database, nowMs: number, limit: number): Promise<number> {
  const expired = db
    .select({ id: challenges.id })
    .from(challenges)
    .where(lte(challenges.expiresAt, nowMs - WINDOW_MS))
    .limit(limit);
  const removed = await db
    .delete(challenges)
    .where(sql`${challenges.id} in ${expired}`)
    .returning({ id: challenges.id });
  return removed.length;
}
