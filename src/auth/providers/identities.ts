import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { newId } from "../../ids.ts";
import type { SignInProvider } from "../../provider-settings.ts";
import { toIso } from "../../time.ts";
import { identities, users } from "../tables.ts";
import { PUBLIC_COLUMNS, type User } from "../users/users.ts";
import type { ProvedIdentity } from "./finish-sign-in.ts";
import type { IdentityView } from "./wire.ts";

type Identity = typeof identities.$inferSelect;

/** The user of an identity, and whether that user is being erased. */
export interface IdentityOwner {
  readonly identityId: string;
  readonly user: User;
  readonly isErasing: boolean;
}

const isIdentity = ({ provider, identity }: ProvedIdentity) =>
  and(eq(identities.issuer, provider.issuer), eq(identities.subject, identity.subject));

/** Finds an identity, whoever has it. */
export const findIdentity = (db: Database, proved: ProvedIdentity) =>
  db.select().from(identities).where(isIdentity(proved)).get();

/** Whether a user has an identity of this id of ours. */
export async function hasIdentity(db: Database, userId: string, id: string): Promise<boolean> {
  const row = await db
    .select({ id: identities.id })
    .from(identities)
    .where(and(eq(identities.id, id), eq(identities.userId, userId)))
    .get();
  return row !== undefined;
}

/** Finds the user who signs in by an identity. */
export async function findOwner(
  db: Database,
  proved: ProvedIdentity,
): Promise<IdentityOwner | undefined> {
  const row = await db
    .select({ identityId: identities.id, user: PUBLIC_COLUMNS, erasingAt: users.erasingAt })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(isIdentity(proved))
    .get();
  if (row === undefined) return undefined;
  const { erasingAt, ...owner } = row;
  return { ...owner, isErasing: erasingAt !== null };
}

/** Makes the row of a new identity of a user. */
export const newIdentity = (
  { provider, identity }: ProvedIdentity,
  userId: string,
  nowMs: number,
): Identity => ({
  id: newId("idn", nowMs),
  userId,
  providerId: provider.id,
  issuer: provider.issuer,
  subject: identity.subject,
  email: identity.provedEmail,
  createdAt: nowMs,
  lastUsedAt: nowMs,
});

/**
 * Returns the statement that adds an identity to its user, unless the user is gone or being erased,
 * or does not fulfil `condition`. It fails, and with it its batch, where the identity is a user's
 * already: two sign-ins at once then make one user.
 */
export const insertIdentity = (db: Database, row: Identity, condition = sql`true`) =>
  db
    .insert(identities)
    .select(
      sql`select ${row.id}, ${users.id}, ${row.providerId}, ${row.issuer}, ${row.subject},
        ${row.email}, ${row.createdAt}, ${row.lastUsedAt}
        from ${users}
        where ${users.id} = ${row.userId} and ${users.erasingAt} is null and ${condition}`,
    )
    .returning({ id: identities.id });

/** Whether a statement failed because somebody has the identity already. */
export function isIdentityTaken(error: unknown): boolean {
  // D1 passes SQLite's message on, and drizzle wraps D1's error in its own.
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes("UNIQUE constraint failed: identities.")) return true;
  return false;
}

/** Notes that an identity was used now. */
export async function markUsed(db: Database, identityId: string, nowMs: number): Promise<void> {
  await db.update(identities).set({ lastUsedAt: nowMs }).where(eq(identities.id, identityId));
}

/** Lists a user's identities, oldest first. */
export const listIdentities = (db: Database, userId: string): Promise<Identity[]> =>
  db.select().from(identities).where(eq(identities.userId, userId)).orderBy(identities.id);

/** Shows an identity. A provider that is set up no more keeps its id for a name. */
export const showIdentity = (
  providers: ReadonlyMap<string, SignInProvider>,
  { id, providerId, email, createdAt, lastUsedAt }: Identity,
): IdentityView => ({
  id,
  providerId,
  providerName: providers.get(providerId)?.name ?? providerId,
  email,
  createdAt: toIso(createdAt),
  lastUsedAt: toIso(lastUsedAt),
});

/** Deletes the identities of a user who is being erased. */
export async function deleteIdentitiesOf(db: Database, userId: string): Promise<void> {
  await db.delete(identities).where(eq(identities.userId, userId));
}

/** Finds a user by address. A user who is being erased is not found. */
export const findByAddress = (db: Database, emailNormalized: string) =>
  db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(and(eq(users.emailNormalized, emailNormalized), isNull(users.erasingAt)))
    .get();
