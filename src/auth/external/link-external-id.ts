import { and, eq, isNull, ne, notExists, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { users } from "../tables.ts";

const conflict = (message: string) => fail("conflict", message, { param: "externalId" });

/**
 * Links a user who signs in here to an external id, so that the founder's backend names that user;
 * null unlinks. Only admins do it: the backend then chats on that user's credits. Isolates that
 * know the link already go by the one before for up to a minute.
 * @param auditStatement runs right after the change, in the same batch
 * @returns `conflict` where another user has that external id, or the user is the backend's own
 */
export async function linkExternalId(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  userId: string,
  externalId: string | null,
  auditStatement: BatchItem<"sqlite">,
): Promise<Result<true>> {
  const holders = db
    .select({ one: sql`1` })
    .from(sql`${users} as holders`)
    .where(sql`holders.external_id = ${externalId} and holders.id <> ${userId}`);
  await db.batch([
    db
      .update(users)
      .set({ externalId, updatedAt: nowMs })
      .where(
        and(
          eq(users.id, userId),
          isNull(users.erasingAt),
          ne(users.emailNormalized, users.id),
          sql`${users.externalId} is not ${externalId}`,
          notExists(holders),
        ),
      ),
    auditStatement,
  ]);
  const user = await db
    .select({
      externalId: users.externalId,
      isExternal: sql`${users.emailNormalized} = ${users.id}`.mapWith(Boolean),
    })
    .from(users)
    .where(eq(users.id, userId))
    .get();
  if (user?.externalId === externalId) return ok(true);
  return user?.isExternal === true
    ? conflict("externalId: this customer belongs to your backend and keeps its external ID.")
    : conflict("externalId: another user has it. Delete that customer first.");
}
