import { and, gte, isNull, lt } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { users } from "../tables.ts";
import { API_KEY_PREFIX } from "./key-format.ts";

/** The beginning of a key as lists show it, or more of it: a key's id, then a user's. */
const KEY_BEGINNING = new RegExp(`^${API_KEY_PREFIX}[0-9a-f]{8}([0-9a-f]{9,56})$`);
const USER_ID_DIGITS = 16;

/**
 * Finds the users to whom an API key may belong, by its beginning: as much as lists show of a key
 * has enough of its user's id for that. It proves nothing, as anybody can make up such a text.
 * @returns user ids: one as a rule, and none for a text that does not begin like a key
 */
export async function findKeyOwners(db: Database, text: string): Promise<string[]> {
  const [, digits] = KEY_BEGINNING.exec(text) ?? [];
  if (digits === undefined) return [];
  const beginning = `usr_${digits.slice(0, USER_ID_DIGITS)}`;
  const owners = await db
    .select({ id: users.id })
    .from(users)
    .where(and(gte(users.id, beginning), lt(users.id, `${beginning}g`), isNull(users.erasingAt)))
    .limit(2);
  return owners.map(({ id }) => id);
}
