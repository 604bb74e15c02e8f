import { and, desc, eq, gt, inArray, lt, lte, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type Purpose, users, verifications } from "../tables.ts";
import { hashCode, hashToken } from "./secrets.ts";

/** A link or code of a mail that is still good. */
export type Verification = typeof verifications.$inferSelect;

/** After as many wrong codes a new mail has to be asked for. */
const CODE_TRIES_MAX = 5;

/** The refusal of a link that does nothing any more. */
export const BAD_LINK = fail(
  "invalid_request",
  "This link is expired, incomplete, or already used. Request a new mail.",
  { param: "token" },
);
const BAD_CODE = fail(
  "invalid_request",
  "Wrong or expired code. After five attempts, request a new mail.",
  { param: "code" },
);

/** Finds the verification of a link's token. It stays good until it is spent. */
export async function findByToken(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  token: string,
  purposes: readonly Purpose[],
): Promise<Result<Verification>> {
  const found = await db
    .select()
    .from(verifications)
    .where(
      and(
        eq(verifications.tokenHash, await hashToken(token)),
        inArray(verifications.purpose, [...purposes]),
        gt(verifications.expiresAt, nowMs),
      ),
    )
    .get();
  return found === undefined ? BAD_LINK : ok(found);
}

/**
 * Tries a code. Each try counts before the code is compared, so that no number of guesses at once
 * makes more than five.
 * @param of the id that whoever asked for the mail was given; or a user, whose last mail counts
 */
export async function findByCode(
  { db, config, nowMs }: Pick<Context, "db" | "config" | "nowMs">,
  of: { readonly id: string } | { readonly userId: string },
  code: string,
  purposes: readonly Purpose[],
): Promise<Result<Verification>> {
  const wanted = [...purposes];
  const id =
    "id" in of
      ? of.id
      : db
          .select({ id: verifications.id })
          .from(verifications)
          .where(and(eq(verifications.userId, of.userId), inArray(verifications.purpose, wanted)))
          .orderBy(desc(verifications.id))
          .limit(1);
  const [tried] = await db
    .update(verifications)
    .set({ codeTries: sql`${verifications.codeTries} + 1` })
    .where(
      and(
        sql`${verifications.id} = ${id}`,
        inArray(verifications.purpose, wanted),
        lt(verifications.codeTries, CODE_TRIES_MAX),
        gt(verifications.expiresAt, nowMs),
      ),
    )
    .returning();
  if (tried === undefined) return BAD_CODE;
  const secrets = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS].filter(
    (one) => one !== undefined,
  );
  const hashes = await Promise.all(secrets.map((secret) => hashCode(secret, tried.id, code)));
  return hashes.some((hash) => hash === tried.codeHash) ? ok(tried) : BAD_CODE;
}

/** Selects the users of a verification, if it is still there: for conditions of a batch. */
export const isUnspent = ({ id }: Verification) =>
  sql`exists (select 1 from ${verifications} where ${verifications.id} = ${id})`;

const newEmailOf = (userId: string) =>
  and(eq(verifications.userId, userId), eq(verifications.purpose, "new_email"));

/** Finds the address that a user asked to change to, and did not prove yet. */
export async function findPendingEmail(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  userId: string,
): Promise<Pick<Verification, "email" | "expiresAt"> | undefined> {
  return await db
    .select({ email: verifications.email, expiresAt: verifications.expiresAt })
    .from(verifications)
    .where(and(newEmailOf(userId), gt(verifications.expiresAt, nowMs)))
    .orderBy(desc(verifications.id))
    .get();
}

/** Deletes what would change a user's address. Idempotent. */
export async function dropPendingEmail(db: Database, userId: string): Promise<void> {
  await db.delete(verifications).where(newEmailOf(userId));
}

/**
 * Deletes the verifications of a user who is being erased, and sign-ups with the user's address,
 * which somebody else may have begun.
 */
export async function deleteVerificationsOf(db: Database, userId: string): Promise<void> {
  const address = db
    .select({ emailNormalized: users.emailNormalized })
    .from(users)
    .where(eq(users.id, userId));
  await db.batch([
    db.delete(verifications).where(eq(verifications.userId, userId)),
    db
      .delete(verifications)
      .where(
        and(
          sql`${verifications.emailNormalized} = ${address}`,
          eq(verifications.purpose, "sign_up"),
        ),
      ),
  ]);
}

/**
 * Deletes verifications that have expired. For the cron.
 * @param limit the most to delete at once
 */
export async function pruneVerifications(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<number> {
  const expired = db
    .select({ id: verifications.id })
    .from(verifications)
    .where(lte(verifications.expiresAt, nowMs))
    .limit(limit);
  const removed = await db
    .delete(verifications)
    .where(sql`${verifications.id} in ${expired}`)
    .returning({ id: verifications.id });
  return removed.length;
}
