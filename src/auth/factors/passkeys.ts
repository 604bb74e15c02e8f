import { and, asc, count, eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { passkeys } from "../tables.ts";
import type { PasskeyView } from "./passkey-wire.ts";

/** A passkey as it is stored. */
export type Passkey = typeof passkeys.$inferSelect;

/** The most passkeys of a user. */
export const PASSKEYS_MAX = 20;

/**
 * Returns the site as browsers know it for passkeys (WebAuthn §5.1.3): the host of PUBLIC_URL. A
 * passkey works there and on its subdomains. Origins that ALLOWED_ORIGINS names may ask for one;
 * browsers let only those do it that are such subdomains.
 */
export const relyingParty = ({ PUBLIC_URL, ALLOWED_ORIGINS }: Context["config"]) => ({
  id: new URL(PUBLIC_URL).hostname,
  origins: [PUBLIC_URL, ...ALLOWED_ORIGINS],
});

/** Lists a user's passkeys, oldest first. */
export const listPasskeys = (db: Database, userId: string): Promise<Passkey[]> =>
  db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id)).all();

/** Shows a passkey. */
export const showPasskey = ({ id, name, createdAt, lastUsedAt }: Passkey): PasskeyView => ({
  id,
  name,
  createdAt: toIso(createdAt),
  lastUsedAt: toIsoOrNull(lastUsedAt),
});

/** Whether a user has a passkey of this id of ours. */
export async function hasPasskey(db: Database, userId: string, id: string): Promise<boolean> {
  const row = await db
    .select({ id: passkeys.id })
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)))
    .get();
  return row !== undefined;
}

/** Finds a passkey by the id that its authenticator gave it. */
export const findPasskey = (db: Database, credentialId: string): Promise<Passkey | undefined> =>
  db.select().from(passkeys).where(eq(passkeys.credentialId, credentialId)).get();

/**
 * Records that a passkey signed.
 * @returns false where it was removed, or signed at the same time
 */
export async function usePasskey(
  db: Database,
  { id, signCount }: Passkey,
  newSignCount: number,
  nowMs: number,
): Promise<boolean> {
  const used = await db
    .update(passkeys)
    .set({ signCount: newSignCount, lastUsedAt: nowMs })
    .where(and(eq(passkeys.id, id), eq(passkeys.signCount, signCount)))
    .returning({ id: passkeys.id });
  return used.length > 0;
}

/** Selects the number of a user's passkeys. */
export const countPasskeys = (db: Database, userId: string) =>
  db.select({ count: count() }).from(passkeys).where(eq(passkeys.userId, userId));
